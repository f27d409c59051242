"""What a person can do at a device of each contract, and the counters that say what really happened.

Deeds may return whatever the device's own hands return; nobody looks at it.
"""

from __future__ import annotations

from typing import Protocol


class Cut(Protocol):
    """Every device can fall silent."""

    def fall_silent(self) -> None:
        """It hears and says nothing, but keeps its power."""

    def speak_again(self) -> None: ...


class CashHands(Cut, Protocol):
    """At a coin changer with bill validator that knows coins 50 100 200 500 1000 and bills 2000 5000.

    Tubes are for 50 100 200 500, twenty coins in each at first. A recycler is for 5000, and empty at first.
    """

    def is_open(self, value_minor: int) -> bool:
        """Whether a piece put in now would be accepted, as far as one can see."""

    def is_shut(self, value_minor: int) -> bool:
        """Whether a piece put in now would come back, as far as one can see."""

    def drop_coin(self, value_minor: int) -> object: ...
    def feed_bill(self, value_minor: int) -> object: ...
    def pull_lever(self) -> object: ...

    def empty_tube(self, value_minor: int) -> object:
        """By the changer's own keys: it knows."""

    def fill_tube(self, value_minor: int, count: int) -> object:
        """By the changer's own keys: it knows."""

    def jam_tube(self, value_minor: int) -> object:
        """It believes that coins are there, and none come out."""

    def bill_comes_back_next(self) -> object:
        """The next bill to be stacked does not go in."""

    def jam_recycler(self) -> object:
        """It believes that bills are there, and none come out."""

    def misfeed_next(self) -> object:
        """The next bill that the recycler pays goes into the cash box instead."""

    def lose_validator_answers(self, count: int) -> None:
        """As many answers of the validator do not arrive; it has done what it was told."""

    def spoil_answers(self, count: int) -> None:
        """As many answers of the changer arrive damaged."""

    def lose_answers(self, count: int) -> None:
        """As many answers of the changer do not arrive; it has done what it was told."""

    def lose_acknowledgements(self, count: int) -> None:
        """As many acknowledgements do not reach the changer, so it tells the same again."""

    def blink(self) -> None:
        """Power fails and comes back."""

    @property
    def in_minor(self) -> int:
        """Money really kept."""

    @property
    def out_minor(self) -> int:
        """Money really paid out by order."""

    @property
    def bills_returned(self) -> int:
        """Bills that really came back out."""


class CashlessHands(Cut, Protocol):
    """At a card reader, code payment or terminal, and at its provider."""

    approves: bool
    loses_refunds: bool
    answers: bool

    def present_card(self, funds_minor: int = -1) -> object:
        """Pay, by whatever the device takes; -1: the reader does not know what the card holds."""

    def remove_card(self) -> object: ...
    def lose_answers(self, count: int) -> None:
        """As many answers of the reader do not arrive; it has done what it was told."""

    def blink(self) -> None:
        """Power fails and comes back."""

    @property
    def cash_sales(self) -> list[int]:
        """Prices of the sales in cash that it was told of, minor units."""

    @property
    def looks_for_card(self) -> bool:
        """Whether a card shown now would be seen."""

    @property
    def taken_minor(self) -> int:
        """What the provider has really kept."""


class BoardHands(Cut, Protocol):
    """At a motor board with its lanes."""

    lanes: tuple[str, ...]
    """Three lanes or more; the first two can be joined."""

    def jam_next(self, lane: str) -> None:
        """The next turn of this lane runs and nothing falls."""

    def sticks_next(self, lane: str) -> None:
        """The next turn of this lane does not run through."""

    def loses_power_next(self) -> None:
        """In the middle of the next turn the board loses its power for a moment."""

    @property
    def turns(self) -> list[str]:
        """Lanes whose motor really turned, in order."""

    @property
    def drops(self) -> int:
        """Products that really fell."""


class PricingHands(Protocol):
    """At a device that keeps prices."""

    lanes: tuple[str, ...]

    def price_minor(self, lane: str) -> int:
        """What the device really keeps."""


class AuditHands(Cut, Protocol):
    """At a machine's audit port."""

    lanes: tuple[str, ...]

    def vend(self, lane: str) -> None:
        """Sell one from this lane, at the machine itself."""

    @property
    def vends(self) -> int:
        """Sales that really happened since the first day."""

    def price_minor(self, lane: str) -> int:
        """What the machine really keeps."""


class CoolingHands(Cut, Protocol):
    """At a cabinet with its cooling unit."""

    def warm_to(self, celsius: int) -> None:
        """The air in the cabinet gets so warm."""

    def break_sensor(self) -> None:
        """Nobody knows the temperature any more."""

    def blink(self) -> None:
        """Power fails and comes back."""

    @property
    def target_decicelsius(self) -> int | None:
        """What it really keeps; None before somebody said."""


class KeypadHands(Protocol):
    """At a keypad, and before its display."""

    def choose(self, *lanes: str) -> None:
        """Somebody wants these lanes."""

    @property
    def customers_served(self) -> int:
        """How many were told how it ended."""


class PresenceHands(Cut, Protocol):
    """At all that stands behind one wire."""

    devices: tuple[str, ...]
    """Their names."""


class DoorHands(Protocol):
    """At a door."""

    def open_for_a_while(self) -> None:
        """Somebody opens it, and shuts it again."""
