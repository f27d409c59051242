"""A till: one basket at a time from the first scan to the receipt.

Its steps stand in ``paying.py`` and ``printing.py``; here is what it knows and hears, and what facts change.

What it may do in each state; anything else changes nothing:

| state      | takes                               | goes to                                                 |
|------------|-------------------------------------|---------------------------------------------------------|
| scanning   | Scanned, Price, TenderChosen        | committing (cash), asking (card, code), scanning (lost) |
| asking     | Authorised, Declined, TenderTimeout | committing, scanning (lost)                             |
| committing | SaleCommitted                       | scanning                                                |
"""

from __future__ import annotations

from actors.payment.messages import CashTaken, ChangePaid, FloatSet, PaymentAuthorised, PaymentFlagged
from actors.store import paying, printing
from actors.store.limits import DEVICES, GIVEN_UP_MAX, QUANTITY_MAX, RETRY_PRINT_SECONDS
from actors.store.messages import (
    BasketLost,
    LastSale,
    LastSaleOf,
    PaymentRequested,
    Price,
    PriceOf,
    ReceiptIssued,
    ReceiptLine,
    ReceiptPrinted,
    RetryPrint,
    SaleCommitted,
    TenderTimeout,
)
from actors.store.receipt import priced
from actors.store.states import ASKING, COMMITTING, SCANNING
from hardware.contract.payment import Authorised, Declined, Settle, Settled
from hardware.contract.till import (
    DrawerOpened,
    PaperOut,
    Printed,
    Scanned,
    TenderChosen,
)
from runtime.actor import Actor, applies, handles
from runtime.address import Ref
from runtime.health import GoOn, Hold


class Till(Actor):
    """Scans, takes payment, has its store commit the sale, prints.

    A basket is only in memory until payment begins: nobody's money is held, so a power cut loses nothing but
    time. From the first payment fact on, everything is durable. While it is held (a full disk), a basket that
    was begun is finished, and the next customers are turned away.

    Args:
        store: address of its store, on the same node.
        shop: the store's name, as printed.
        zone: the store's time zone, e.g. ``Asia/Hong_Kong``.
        currency: ISO 4217 code.
        float_minor: cash put into the drawer at the first opening.
        language: of the receipt: "en", "zh-CN" or "en+zh-CN".
    """

    durable = (
        "float_set", "sale", "tender", "asked_lines", "cash_minor", "held_minor", "given_minor", "reference",
        "given_up", "unprinted", "settles",
    )  # fmt: skip
    __slots__ = (
        *durable, "awaiting", "basket", "currency", "float_minor", "held", "language", "recovering",
        "refused", "shop", "state", "store", "tender_chosen", "turned_away", "zone",
    )  # fmt: skip

    float_set: bool
    sale: int
    tender: str
    asked_lines: int
    cash_minor: int
    held_minor: int
    given_minor: int
    reference: str
    given_up: dict[int, str]
    unprinted: dict[int, str]
    settles: dict[str, Settle]
    state: str
    basket: list[ReceiptLine]
    refused: int
    awaiting: int
    recovering: bool
    tender_chosen: TenderChosen | None
    held: str
    turned_away: bool

    def __init__(
        self, store: str, shop: str, zone: str, currency: str, float_minor: int, language: str = "en+zh-CN"
    ) -> None:
        self.store = store
        self.shop = shop
        self.zone = zone
        self.currency = currency
        self.float_minor = float_minor
        self.language = language
        self.float_set, self.sale = False, 0  # the newest number that left a fact
        self.tender = self.reference = ""
        self.cash_minor = 0  # in the drawer
        self.asked_lines = self.held_minor = self.given_minor = 0
        self.given_up, self.unprinted = {}, {}
        self.settles = {}  # the newest sale that each terminal was told to take the money for
        self.state, self.basket = SCANNING, []
        self.refused = self.awaiting = 0  # the latter: answers the store still owes
        self.recovering, self.tender_chosen = False, None
        self.held = ""  # why no new basket is begun
        self.turned_away = False  # this customer came while it was held

    @property
    def total_minor(self) -> int:
        """What the basket comes to so far."""
        return sum(line.amount_minor for line in self.basket)

    def device(self, name: str) -> Ref:
        """One of its devices, e.g. "printer"."""
        return self.reach(f"{self.address}/{name}")

    def resume(self) -> None:
        """Open with the float, or finish what a restart interrupted."""
        if not self.float_set:
            self.record(FloatSet(amount_minor=self.float_minor))
        if self.asked_lines:
            paying.let_go(self, self.sale, self.tender, "")
            self.record(BasketLost(sale=self.sale, lines=self.asked_lines, why="other"))
        if self.held_minor:
            self.recovering = True
            self.awaiting += 1
            self.tell(self.reach(self.store), LastSaleOf(till=self.address))
        for job in self.unprinted:
            printing.put_out(self, job)
        for device, settle in self.settles.items():  # told again, a terminal takes nothing more
            self.tell(self.device(device), settle)

    # Scanning

    @handles(Scanned)
    def scanned(self, scan: Scanned) -> None:
        """Ask the store what it is. Between tender and receipt the scanner is dead, as on any till."""
        if self.state != SCANNING or self.tender_chosen is not None:
            return
        if self.turned_away or (self.held and not self.basket and not self.awaiting):
            self.turned_away = True
            self.refused += 1
            return
        if not 1 <= scan.quantity <= QUANTITY_MAX:
            self.refused += 1
            return
        self.awaiting += 1
        self.tell(self.reach(self.store), PriceOf(till=self.address, code=scan.code, quantity=scan.quantity))

    @handles(Price)
    def price(self, price: Price) -> None:
        """Add the line; an unknown code is refused and the basket goes on."""
        if not self.awaiting:
            return  # asked before a restart; the basket is gone
        self.awaiting -= 1
        if price.product:
            self.basket.append(priced(price))
        else:
            self.refused += 1
        paying.pay_if_ready(self)

    @handles(Hold, GoOn)
    def hold(self, order: Hold | GoOn) -> None:
        """Its node cannot keep more facts than those of the open basket, or can again."""
        self.held = order.why if isinstance(order, Hold) else ""

    # Paying

    @handles(TenderChosen)
    def pay(self, choice: TenderChosen) -> None:
        """The cashier ends the basket; a second press changes nothing."""
        if self.state == SCANNING and self.tender_chosen is None:
            self.tender_chosen = choice
            paying.pay_if_ready(self)

    @handles(Authorised)
    def authorised(self, answer: Authorised) -> None:
        """A terminal has reserved the money."""
        paying.authorised(self, answer)

    @handles(Declined)
    def declined(self, answer: Declined) -> None:
        """The customer leaves without the goods."""
        if self.waits_for(answer.sale):
            paying.lose(self, self.sale, "declined")

    @handles(TenderTimeout)
    def timed_out(self, timeout: TenderTimeout) -> None:
        """The terminal is silent: let go whatever it may have reserved."""
        if self.waits_for(timeout.sale):
            paying.let_go(self, self.sale, self.tender, "")
            paying.lose(self, self.sale, "other")

    def waits_for(self, sale: int) -> bool:
        """Whether a terminal was asked for the money of this sale, and has not answered."""
        return self.state == ASKING and sale == self.sale

    # Finishing

    @handles(SaleCommitted)
    def committed(self, done: SaleCommitted) -> None:
        """It is a sale: print, settle, next customer."""
        if self.state == COMMITTING and done.sale == self.sale:
            printing.finish(self, tuple(self.basket))
            paying.serve(self, "unknown_code" if self.refused else "")

    @handles(LastSale)
    def recovered(self, last: LastSale) -> None:
        """After a restart with money held: finish the sale if the store made it one, else flag it (I3)."""
        if not self.recovering:
            return
        self.recovering = False
        self.awaiting -= 1
        if last.sale == self.sale:
            printing.finish(self, last.lines)
        else:
            self.record(
                PaymentFlagged(
                    sale=self.sale, tender=self.tender, amount_minor=self.held_minor, why="restart"
                )
            )
        paying.pay_if_ready(self)

    @handles(Settled, DrawerOpened)
    def noted(self, _: Settled | DrawerOpened) -> None:
        """Nothing hangs on it: the sale stands whether or not provider or drawer say so."""

    # Printing

    @handles(Printed)
    def printed(self, done: Printed) -> None:
        """The customer has the receipt."""
        if done.job in self.unprinted:
            self.record(ReceiptPrinted(sale=done.job))

    @handles(PaperOut)
    def paper_out(self, job: PaperOut) -> None:
        """The sale stands and the till goes on; the job waits for paper."""
        self.after(RETRY_PRINT_SECONDS, RetryPrint(sale=job.job))

    @handles(RetryPrint)
    def retry_print(self, retry: RetryPrint) -> None:
        """Ask again under the same number."""
        printing.put_out(self, retry.sale)

    # Facts

    @applies(FloatSet)
    def set_float(self, fact: FloatSet) -> None:
        """The drawer has its float; later restarts do not put it in again."""
        self.float_set = True
        self.cash_minor += fact.amount_minor

    @applies(CashTaken)
    def took_cash(self, fact: CashTaken) -> None:
        """Cash is held for a new sale."""
        self.sale, self.tender = fact.sale, "cash"
        self.given_minor = self.held_minor = fact.amount_minor
        self.cash_minor += fact.amount_minor

    @applies(ChangePaid)
    def paid_change(self, fact: ChangePaid) -> None:
        """Part of it went back."""
        self.held_minor -= fact.amount_minor
        self.cash_minor -= fact.amount_minor

    @applies(PaymentRequested)
    def requested(self, fact: PaymentRequested) -> None:
        """A new sale waits for its terminal."""
        self.sale, self.tender, self.asked_lines = fact.sale, fact.tender, fact.lines

    @applies(PaymentAuthorised)
    def took_payment(self, fact: PaymentAuthorised) -> None:
        """Money is held for it."""
        self.asked_lines = 0
        self.reference = fact.reference
        self.given_minor = self.held_minor = fact.amount_minor

    @applies(BasketLost)
    def lost(self, fact: BasketLost) -> None:
        """The number is spent; a payment that was asked for may still come."""
        if self.asked_lines:
            self.given_up[fact.sale] = self.tender
            if len(self.given_up) > GIVEN_UP_MAX:
                del self.given_up[next(iter(self.given_up))]
        self.sale, self.asked_lines = fact.sale, 0

    @applies(PaymentFlagged, ReceiptIssued)
    def ended(self, fact: PaymentFlagged | ReceiptIssued) -> None:
        """Nothing is held any more; a receipt waits for the printer, and the terminal takes the money."""
        if isinstance(fact, ReceiptIssued):
            self.unprinted[fact.sale] = fact.text
            if device := DEVICES.get(self.tender):
                self.settles[device] = Settle(
                    sale=fact.sale, amount_minor=self.held_minor, reference=self.reference
                )
        self.held_minor = 0

    @applies(ReceiptPrinted)
    def receipt_printed(self, fact: ReceiptPrinted) -> None:
        """The printer has it."""
        del self.unprinted[fact.sale]
