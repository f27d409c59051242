"""People in a row before a machine or a till: one is served, the others stand behind in order of arrival."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import Generic, Protocol, TypeVar

from hardware.contract.keypad import Served
from runtime.actor import Actor, handles

PATIENCE_SECONDS = 900.0
"""Whoever has heard nothing for so long goes when the next one comes: their node forgot them (estimate)."""


class Person(Protocol):
    """What a queue needs to know of whoever stands in it."""

    @property
    def customer(self) -> int:
        """The customer's number, unique in this queue."""
        ...


P = TypeVar("P", bound=Person)


class Queue(Actor, ABC, Generic[P]):
    """Serves one person at a time; however long the queue is, nobody walks past.

    Attributes:
        arrived: people who came.
        served: people the machine or till has finished with.
        gave_up: people who left because nothing was heard any more.
        vended, refused: units or lines, as the machine or till said.
    """

    __slots__ = ("_since_us", "_waiting", "arrived", "customer", "gave_up", "refused", "served", "vended")

    def __init__(self) -> None:
        self.arrived = 0
        self.served = 0
        self.gave_up = 0
        self.vended = 0
        self.refused = 0
        self.customer: int | None = None
        self._since_us = 0
        self._waiting: deque[P] | None = None

    @property
    def waiting(self) -> int:
        """People behind the one being served."""
        return len(self._waiting) if self._waiting else 0

    def join(self, person: P) -> None:
        """Be served at once, or stand behind the others."""
        self.arrived += 1
        if self.customer is None:
            self._serve(person)
            return
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(person)
        if self.now - self._since_us > PATIENCE_SECONDS * 1_000_000:
            self.gave_up += 1
            self._next()

    @abstractmethod
    def begin(self, person: P) -> None:
        """Do what somebody does whose turn it is."""

    def _serve(self, person: P) -> None:
        self.customer = person.customer
        self._since_us = self.kernel.now
        self.begin(person)

    def _next(self) -> None:
        self.customer = None
        if self._waiting:
            self._serve(self._waiting.popleft())
            if not self._waiting:
                self._waiting = None

    @handles(Served)
    def leave(self, served: Served) -> None:
        """Go; the next one's turn. A word for somebody who has gone already is nothing."""
        if served.customer == self.customer:
            self.served += 1
            self.vended += served.vended
            self.refused += served.refused
            self._next()
