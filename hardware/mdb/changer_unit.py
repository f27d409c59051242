"""The coin changer as the master serves it: coin types kept as wished, coins told, change paid out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import attrs

from hardware.contract.cash import CashInserted, PaidOut, PayOut, Pieces, ReturnAsked
from hardware.mdb import payout, timing
from hardware.mdb.codec import changer
from hardware.mdb.codec.fields import Identity
from hardware.mdb.life import READY, Step, Trouble
from hardware.mdb.money_unit import UNKNOWN, MoneyUnit
from hardware.mdb.payout import Payout
from hardware.mdb.remembered import Remembered
from runtime.errors import ProtocolError

PAYOUTS_MAX = 16
"""Orders to pay that may wait."""

NEW_INVENTORY = (0x05, 0x20)
"""Diagnosis: someone filled or emptied tubes by the changer's own keys (notes A2)."""

USED_FEATURES = changer.EXTENDED_DIAGNOSIS | changer.CONTROLLED_FILL


class ChangerUnit(MoneyUnit):
    """Coins in, coins out.

    Attributes:
        tubes: coins by type, for types that have a tube.
    """

    name = "changer"
    reset = changer.Reset()
    poll = changer.Poll()

    def __init__(
        self,
        now: float,
        trouble: Trouble,
        tell: Callable[[object], None],
        counted: Callable[[], None],
        minor_digits: int,
    ) -> None:
        super().__init__(timing.SILENT_CHANGER, now, trouble, tell, minor_digits)
        self.tubes: dict[int, int] = {}
        self._counted = counted
        self._features = 0
        self._routable = 0
        self._count_wanted = self._lever_seen = False
        self._diagnosed_at = self._paying_since = now
        self._waiting: deque[PayOut] = deque()
        self._payout: Payout | None = None
        self._paid: Remembered[int, PaidOut] = Remembered()
        self._last_told: dict[int, int] = {}

    # Orders

    def count(self) -> None:
        """Count the tubes, then call ``counted``."""
        self._count_wanted = True

    def pay_out(self, order: PayOut) -> None:
        """Pay, and tell ``PaidOut``; a sale that was paid gets the same answer again."""
        if (paid := self._paid.get(order.sale)) is not None:
            self._tell(paid)
            return
        if self.knows(order.sale):
            return
        if len(self._waiting) >= PAYOUTS_MAX or self.present is False:
            self._tell(PaidOut(sale=order.sale, amount_minor=0))
        else:
            self._waiting.append(order)

    def end_waiting(self) -> None:
        """End the orders to pay that were never begun: nothing is paid."""
        while self._waiting:
            self._tell(PaidOut(sale=self._waiting.popleft().sale, amount_minor=0))

    def knows(self, sale: int) -> bool:
        """Whether this sale waits, is being paid, or was paid."""
        begun = [self._payout.order] if self._payout is not None else []
        asked = any(order.sale == sale for order in (*begun, *self._waiting))
        return asked or self._paid.get(sale) is not None

    def pieces(self) -> Pieces:
        """Coins in the tubes by value, greatest first."""
        found: dict[int, int] = {}
        for coin_type, count in self.tubes.items():
            if coin_type in self.values:
                value = self.values[coin_type]
                found[value] = found.get(value, 0) + count
        return tuple(sorted(found.items(), reverse=True))

    # Protocol

    def encode(self, command: changer.Command) -> bytes:
        """See ``codec.changer``."""
        return changer.encode_command(command)

    def decode(self, command: changer.Command, block: bytes) -> changer.Answer:
        """See ``codec.changer``."""
        return changer.decode_answer(command, block)

    def says_reset(self, answer: changer.Answer) -> bool:
        """0B among the events."""
        return isinstance(answer, tuple) and changer.Status(changer.WAS_RESET) in answer

    def setup(self) -> list[Step]:
        """09, [0F 00, 0F 01], 0A; coin types follow when ready (section 5.3)."""
        return [Step(changer.AskSetup(), changer.Setup), Step(changer.AskTubes(), changer.Tubes)]

    def may_set_up(self, now: float) -> bool:
        """Tube status only 500 ms after the reset."""
        asks_tubes = isinstance(self._steps[0].command, changer.AskTubes)
        return not asks_tubes or now - self.reset_seen_at >= timing.TUBES_AFTER_RESET

    def work(self, now: float) -> changer.Command | None:
        """What to say instead of a poll."""
        if self._payout is None and self._waiting:
            quiet = timing.BLIND_QUIET if self.blind else 0.0
            self._payout = Payout(self._waiting.popleft(), dict(self.values), quiet)
            self._last_told.clear()
        types = 0 if self._payout is not None else self._types()
        if types != self._told_types:
            return changer.SetCoinTypes(types)
        if self._payout is not None:
            return self._pay(self._payout, now)
        if self._count_wanted:
            return changer.AskTubes()
        if self._features & changer.EXTENDED_DIAGNOSIS and now - self._diagnosed_at >= timing.DIAGNOSIS:
            return changer.AskDiagnosis()
        return None

    def _pay(self, paying: Payout, now: float) -> changer.Command | None:
        match paying.state:
            case payout.COUNTING | payout.CHECKING:
                return changer.AskTubes()
            case payout.ORDERING:
                self._paying_since = now
                return changer.Dispense(*paying.chunk)
        if now - self._paying_since >= timing.LONG_ANSWER:
            paying.interrupted()
            self.must_reset("pays without end", now)
        return None

    def answered(self, command: changer.Command, answer: changer.Answer, now: float) -> None:
        """Keep what the changer is, tell what happened, go on paying."""
        match command:
            case changer.Poll():
                assert isinstance(answer, tuple), "decode gives events for a poll"
                self._events(answer, now)
            case changer.SetCoinTypes():
                self._told_types = command.accept
            case changer.Dispense() if self._payout is not None:
                self._payout.ordered(now, acked=True)
            case changer.AskDiagnosis():
                self._diagnosed_at = now
                if isinstance(answer, changer.Diagnosis) and NEW_INVENTORY in answer.codes:
                    self._count_wanted = True
        match answer:
            case changer.Setup():
                self._know(answer)
            case Identity() if answer.features is not None:
                self._features = answer.features & USED_FEATURES
                if self._features:
                    self._steps.insert(1, Step(changer.EnableFeatures(self._features), optional=True))
            case changer.Tubes():
                self._know_tubes(answer, now)

    def unanswered(self, command: changer.Command, now: float) -> None:
        """A command without answer may have been carried out: count before another DISPENSE."""
        if isinstance(command, changer.Dispense) and self._payout is not None:
            self._payout.ordered(now, acked=False)
        if isinstance(command, changer.SetCoinTypes):
            self._told_types = UNKNOWN
        if isinstance(command, changer.AskDiagnosis):
            self._diagnosed_at = now

    def was_reset(self, now: float) -> None:
        """All coins are disabled; a payout has stopped where it was."""
        self._told_types = 0
        self._last_told.clear()
        if self._payout is not None:
            self._payout.interrupted()

    def became_lost(self, now: float) -> None:
        """What was begun waits a while for it to come back; see ``tick``."""
        self._lost_at = now

    def tick(self, now: float) -> None:
        """While the changer is lost: it counts nothing, and of a payout that is told which is known."""
        if self.present is not False:
            return
        if self._count_wanted:
            self._count_wanted = False
            self._counted()
        self.end_waiting()
        if self._payout is not None and now - self._lost_at >= timing.LONG_ANSWER:
            self._end_payout(self._payout)

    # What came in

    def _know(self, setup: changer.Setup) -> None:
        if setup.level >= 3:
            self._steps.insert(1, Step(changer.AskIdentity(), Identity, optional=True))
        self._routable = setup.routable
        scaling = attrs.evolve(setup.scaling, minor_digits=self._minor_digits)
        self.values.clear()
        for coin_type, units in enumerate(setup.values[: changer.COIN_TYPES]):
            if units in (0, changer.TOKEN):
                continue
            try:
                value = scaling.minor(units)
            except ProtocolError as error:
                self._trouble(self.name, str(error))
                continue
            self.values[coin_type] = value

    def _know_tubes(self, tubes: changer.Tubes, now: float) -> None:
        before = dict(self.tubes)
        counts = (*tubes.counts, *(0 for _ in range(changer.COIN_TYPES - len(tubes.counts))))
        self.tubes = {kind: counts[kind] for kind in self.values if self._routable >> kind & 1}
        if self._payout is not None and self.state == READY:
            self._payout.counted(self.tubes, now)
            if self._payout.state == payout.DONE:
                self._end_payout(self._payout)
        for kind, count in self.tubes.items():
            if self._last_told.get(kind, 0) > count:  # someone took coins out
                del self._last_told[kind]
        if self.state != READY:  # tell what changed while it was away, once it is ready
            self._count_wanted |= bool(before) and before != self.tubes
        elif self._payout is None and self._count_wanted:
            self._count_wanted = False
            self._counted()

    def _end_payout(self, done: Payout) -> None:
        self._payout = None
        self._answer(done.answer())

    def _answer(self, paid: PaidOut) -> None:
        self._paid.keep(paid.sale, paid)
        self._tell(paid)

    def _events(self, events: tuple[changer.Event, ...], now: float) -> None:
        for event in events:
            match event:
                case changer.CoinDeposited():
                    self._deposited(event)
                case changer.CoinsPaidByHand():
                    self._paid_by_hand(event)
                case changer.Status(changer.ESCROW_LEVER):
                    self._tell(ReturnAsked())
                case changer.Status(code) if code in changer.STATUS_TEXT and code not in _USUAL:
                    self._trouble(self.name, changer.STATUS_TEXT[code])
        if self._payout is not None:
            self._payout.polled(now, busy=changer.Status(changer.PAYOUT_BUSY) in events)

    def _deposited(self, coin: changer.CoinDeposited) -> None:
        if coin.route not in (changer.TUBE, changer.CASH_BOX):
            return
        if coin.coin_type not in self.values:
            self._trouble(self.name, f"coin type {coin.coin_type} came in that its setup does not name")
            return
        if coin.route == changer.TUBE:
            if self._told_before(coin):
                return
            self.tubes[coin.coin_type] = coin.in_tube
            if self._payout is not None:
                self._payout.moved(coin.coin_type, 1)
        self._tell(CashInserted(value_minor=self.values[coin.coin_type], held_in=changer.ROUTES[coin.route]))

    def _told_before(self, coin: changer.CoinDeposited) -> bool:
        """Whether this coin was told and comes again because our ACK was lost: its tube has not grown.

        A tube with a coin just in it holds one at least: a changer that says 0 does not count.
        """
        kind, count = coin.coin_type, coin.in_tube
        last = self._last_told.get(kind, 0)
        if 0 < count <= last < payout.COUNT_MAX:
            self._trouble(self.name, f"tells coin type {kind} again, {count} in its tube after {last}")
            return True
        self._last_told[kind] = count
        return False

    def _paid_by_hand(self, coins: changer.CoinsPaidByHand) -> None:
        self.tubes[coins.coin_type] = coins.in_tube
        self._last_told.pop(coins.coin_type, None)
        if self._payout is not None:
            self._payout.moved(coins.coin_type, -coins.count)
        self._count_wanted = True


_USUAL = (changer.ESCROW_LEVER, changer.PAYOUT_BUSY, changer.NO_CREDIT, changer.BUSY, changer.WAS_RESET)
