"""A card reader that needs a card before it can be asked, and a scanner for customers' payment codes."""

from __future__ import annotations

from hardware.contract.payment import Authorise, CodeScanned, Declined, SessionBegun, SessionEnded, Settle
from runtime.actor import Actor, handles
from runtime.address import head
from runtime.message import order
from simulator.devices.payment_terminal import PaymentTerminal


@order("street.present_card")
class PresentCard:
    """Customer to reader: a card that holds so much; -1 it does not say."""

    funds_minor: int = -1


@order("street.take_card")
class TakeCard:
    """Customer to reader: the card is taken away."""


@order("street.show_code")
class ShowCode:
    """Customer to scanner: a payment code."""

    code: str


class SessionReader(PaymentTerminal):
    """Begins a session with a card, waits for one when asked without, and ends it when the sale is settled.

    Attributes:
        funds_minor: what the card in it holds, -1 unknown; None without a card.
    """

    __slots__ = ("funds_minor",)

    def __init__(self, decline_share: float = 0.0, lost_refund_share: float = 0.0) -> None:
        super().__init__(decline_share, lost_refund_share)
        self.funds_minor: int | None = None

    @handles(PresentCard)
    def present(self, card: PresentCard) -> None:
        """Begin a session; what was asked before goes to the provider now."""
        self.funds_minor = card.funds_minor
        self.answer(SessionBegun(funds_minor=card.funds_minor))
        if self._pending is not None:
            super().send_to_provider(self._pending)

    @handles(TakeCard)
    def take(self, _: TakeCard) -> None:
        """End the session; what was asked and not answered is cancelled."""
        if self.funds_minor is None:
            return
        self.funds_minor = None
        if (asked := self._pending) is not None:
            self._pending = None
            self.answer(Declined(sale=asked.sale, why="cancelled", ask=asked.ask))
        self.answer(SessionEnded())

    def send_to_provider(self, order: Authorise) -> None:
        """Without a card there is nothing to send."""
        if self.funds_minor is not None:
            super().send_to_provider(order)

    def declines(self, order: Authorise) -> bool:
        """A card that holds too little is declined without the provider."""
        assert self.funds_minor is not None, f"{self.address}: nothing is sent without a card"
        return 0 <= self.funds_minor < order.amount_minor or super().declines(order)

    @handles(Settle)
    def settle(self, order: Settle) -> None:
        """What was taken leaves the card."""
        before = self.taken_minor
        super().settle(order)
        if self.funds_minor is not None and self.funds_minor > 0:
            self.funds_minor -= min(self.funds_minor, self.taken_minor - before)


class CodeScanner(Actor):
    """Reads customers' payment codes for the machine."""

    __slots__ = ()

    @handles(ShowCode)
    def scan(self, shown: ShowCode) -> None:
        """Tell the machine."""
        self.tell(self.reach(head(self.address)), CodeScanned(code=shown.code))
