"""Whatever takes cashless money: a machine's card reader or code payment, a till's card terminal."""

from __future__ import annotations

from hardware.contract.payment import Authorise, Authorised, Declined, ReportCashSale, Settle, Settled
from runtime.actor import Actor, handles
from runtime.address import Ref
from runtime.message import order
from simulator.devices.trouble import NONE, Mended, Trouble, begun, mended

ANSWER_SECONDS_MIN = 0.1
ANSWER_SECONDS_MAX = 2.0
"""A provider's answer takes between these, evenly spread (estimate)."""

SETTLED_KEPT = 16
"""Settlements that are remembered; a machine repeats only its last ones."""

ASKS_PER_SALE = 64
"""Requests a sale may have before two of them share their chance."""

Request = tuple[int, int]
"""Sale and number of the request within it."""


@order("street.provider_answers")
class ProviderAnswers:
    """Terminal to itself: the provider has decided on this request."""

    sale: int
    ask: int


class PaymentTerminal(Actor):
    """Reserves and takes money for its provider; what it answers follows from seed, address and request.

    It answers the address above its own: ``hk-0712`` for ``hk-0712/cashless``.

    Attributes:
        decline_share: share of requests declined.
        lost_refund_share: share of settlements whose refund is lost: the provider keeps all it reserved.
        reserved: minor units reserved and not yet settled, by request.
        taken_minor: what the provider really took.
        troubles: "provider down": every request is declined for want of an answer.
    """

    __slots__ = (
        "_asker",
        "_pending",
        "_settled",
        "decline_share",
        "lost_refund_share",
        "reserved",
        "taken_minor",
        "troubles",
    )

    def __init__(self, decline_share: float = 0.0, lost_refund_share: float = 0.0) -> None:
        self.decline_share = decline_share
        self.lost_refund_share = lost_refund_share
        self.reserved: dict[Request, int] = {}
        self.taken_minor = 0
        self.troubles = NONE
        self._pending: Authorise | None = None
        self._settled: dict[Request, int] = {}
        self._asker: Ref | None = None

    def answer(self, told: object) -> None:
        """Tell whoever asks here."""
        if self._asker is None:
            self._asker = self.reach(self.address.rpartition("/")[0])
        self.tell(self._asker, told)

    @handles(Authorise)
    def authorise(self, order: Authorise) -> None:
        """Answer after the provider's time; asked again, the same answer and no second reservation."""
        pending, self._pending = self._pending, order
        if pending is None or (pending.sale, pending.ask) != (order.sale, order.ask):
            self.send_to_provider(order)

    def send_to_provider(self, order: Authorise) -> None:
        """Have the provider answer later."""
        kernel, dice = self.kernel, self.random
        dice.draws = 3 * (order.sale * ASKS_PER_SALE + order.ask)
        wait = ANSWER_SECONDS_MIN + dice.uniform() * (ANSWER_SECONDS_MAX - ANSWER_SECONDS_MIN)
        at_us = kernel.now + round(wait * 1_000_000)
        kernel.later(at_us, self.ref, ProviderAnswers(sale=order.sale, ask=order.ask))

    @handles(ProviderAnswers)
    def decide(self, told: ProviderAnswers) -> None:
        """Reserve or decline; a request withdrawn meanwhile is forgotten."""
        order = self._pending
        if order is None or (order.sale, order.ask) != (told.sale, told.ask):
            return
        self._pending = None
        request = (order.sale, order.ask)
        if self.troubles:
            self.answer(Declined(sale=order.sale, why="provider", ask=order.ask))
            return
        if self.declines(order):
            self.answer(Declined(sale=order.sale, why="declined", ask=order.ask))
            return
        amount = self.reserved.setdefault(request, order.amount_minor)
        reference = f"{self.address}:{order.sale}" + (f".{order.ask}" if order.ask else "")
        self.answer(Authorised(sale=order.sale, amount_minor=amount, reference=reference, ask=order.ask))

    @handles(Trouble)
    def fall_ill(self, trouble: Trouble) -> None:
        """Its provider does not answer; what was reserved before can still be settled, later."""
        self.troubles = begun(self.troubles, trouble)

    @handles(Mended)
    def get_well(self, order: Mended) -> None:
        """Its provider answers again."""
        self.troubles = mended(self.troubles, order.number)

    def declines(self, order: Authorise) -> bool:
        """Whether the provider says no."""
        return self.decline_share > 0.0 and self._chance(order.sale, order.ask, 1) < self.decline_share

    def _chance(self, sale: int, ask: int, draw: int) -> float:
        dice = self.random
        dice.draws = 3 * (sale * ASKS_PER_SALE + ask) + draw
        return dice.uniform()

    @handles(Settle)
    def settle(self, order: Settle) -> None:
        """Take the part and let the rest go; again, nothing more is taken, and less gives the rest back."""
        request = (order.sale, order.ask)
        if self._pending is not None and request == (self._pending.sale, self._pending.ask):
            self._pending = None
        taken = self._settled.get(request)
        if taken is None:
            taken = self._take(order, self.reserved.pop(request, None))
        elif order.amount_minor < taken:
            self.taken_minor -= taken
            taken = self._take(order, taken)
        self.answer(Settled(sale=order.sale, amount_minor=taken, ask=order.ask))

    @handles(ReportCashSale)
    def note_cash_sale(self, _: ReportCashSale) -> None:
        """It keeps no audit."""

    def _take(self, order: Settle, reserved_minor: int | None) -> int:
        taken = order.amount_minor
        if reserved_minor is None and not taken:
            return 0
        if (
            self.lost_refund_share > 0.0
            and reserved_minor is not None
            and self._chance(order.sale, order.ask, 2) < self.lost_refund_share
        ):
            taken = reserved_minor
        self.taken_minor += taken
        self._settled[order.sale, order.ask] = taken
        if len(self._settled) > SETTLED_KEPT:
            del self._settled[next(iter(self._settled))]
        return taken
