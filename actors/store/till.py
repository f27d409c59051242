"""A till: one basket at a time from the first scan to the receipt.

What it may do in each state; anything else changes nothing:

| state      | takes                               | goes to                                                 |
|------------|-------------------------------------|---------------------------------------------------------|
| scanning   | Scanned, Price, TenderChosen        | committing (cash), asking (card, code), scanning (lost) |
| asking     | Authorised, Declined, TenderTimeout | committing, scanning (lost)                             |
| committing | SaleCommitted                       | scanning                                                |
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from actors.payment.messages import CashTaken, ChangePaid, FloatSet, PaymentAuthorised, PaymentFlagged
from actors.store.limits import DEVICES, GIVEN_UP_MAX, QUANTITY_MAX, RETRY_PRINT_SECONDS, TENDER_SECONDS
from actors.store.messages import (
    BasketLost,
    CommitSale,
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
from actors.store.receipt import WORDS, priced, receipt, sale_lines
from hardware.contract.keypad import Served
from hardware.contract.payment import Authorise, Authorised, Declined, Settle, Settled
from hardware.contract.till import (
    DrawerOpened,
    OpenDrawer,
    PaperOut,
    Printed,
    PrintReceipt,
    Scanned,
    TenderChosen,
)
from runtime.actor import Actor, applies, handles
from runtime.address import Ref

SCANNING, ASKING, COMMITTING = "scanning", "asking", "committing"


class Till(Actor):
    """Scans, takes payment, has its store commit the sale, prints.

    A basket is only in memory until payment begins: nobody's money is held, so a power cut loses nothing but
    time. From the first payment fact on, everything is durable.

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
        *durable, "awaiting", "basket", "currency", "float_minor", "language", "recovering", "refused",
        "shop", "state", "store", "tender_chosen", "zone",
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

    @property
    def total_minor(self) -> int:
        """What the basket comes to so far."""
        return sum(line.amount_minor for line in self.basket)

    def _device(self, name: str) -> Ref:
        return self.reach(f"{self.address}/{name}")

    def resume(self) -> None:
        """Open with the float, or finish what a restart interrupted."""
        if not self.float_set:
            self.record(FloatSet(amount_minor=self.float_minor))
        if self.asked_lines:
            self._let_go(self.sale, self.tender, "")
            self.record(BasketLost(sale=self.sale, lines=self.asked_lines, why="other"))
        if self.held_minor:
            self.recovering = True
            self.awaiting += 1
            self.tell(self.reach(self.store), LastSaleOf(till=self.address))
        for job, text in self.unprinted.items():
            self.tell(self._device("printer"), PrintReceipt(job=job, text=text))
        for device, settle in self.settles.items():  # told again, a terminal takes nothing more
            self.tell(self._device(device), settle)

    # Scanning

    @handles(Scanned)
    def scanned(self, scan: Scanned) -> None:
        """Ask the store what it is. Between tender and receipt the scanner is dead, as on any till."""
        if self.state != SCANNING or self.tender_chosen is not None:
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
        self._pay_if_ready()

    # Paying

    @handles(TenderChosen)
    def pay(self, choice: TenderChosen) -> None:
        """The cashier ends the basket; a second press changes nothing."""
        if self.state == SCANNING and self.tender_chosen is None:
            self.tender_chosen = choice
            self._pay_if_ready()

    def _pay_if_ready(self) -> None:
        choice = self.tender_chosen
        if choice is None or self.awaiting:
            return
        number = self.sale + 1
        if not self.basket:
            if self.refused:
                self.record(BasketLost(sale=number, lines=self.refused, why="unknown_code"))
            self._serve("unknown_code" if self.refused else "")
        elif choice.tender == "cash" and choice.given_minor >= self.total_minor:
            self._take_cash(number, choice.given_minor)
        elif choice.tender in DEVICES:
            self._ask(number, choice.tender)
        else:
            self._lose(number, "other")

    def _take_cash(self, sale: int, given_minor: int) -> None:
        change_minor = given_minor - self.total_minor
        self.record(CashTaken(sale=sale, amount_minor=given_minor, held_in="drawer"))
        if change_minor:
            self.record(ChangePaid(sale=sale, amount_minor=change_minor))
        self.tell(self._device("drawer"), OpenDrawer(sale=sale))
        self._commit()

    def _ask(self, sale: int, tender: str) -> None:
        self.record(
            PaymentRequested(sale=sale, tender=tender, amount_minor=self.total_minor, lines=len(self.basket))
        )
        self.state = ASKING
        self.tell(self._device(DEVICES[tender]), Authorise(sale=sale, amount_minor=self.total_minor))
        self.after(TENDER_SECONDS, TenderTimeout(sale=sale))

    @handles(Authorised)
    def authorised(self, answer: Authorised) -> None:
        """Go on with the sale, or let go what came too late or was not the amount asked for."""
        if self.state == ASKING and answer.sale == self.sale:
            if answer.amount_minor != self.total_minor:
                self._lose(self.sale, "declined")
                self._let_go(answer.sale, self.tender, answer.reference)
                return
            self.record(
                PaymentAuthorised(
                    sale=answer.sale,
                    tender=self.tender,
                    amount_minor=answer.amount_minor,
                    reference=answer.reference,
                )
            )
            self._commit()
        elif tender := self.given_up.get(answer.sale):
            self._let_go(answer.sale, tender, answer.reference)

    @handles(Declined)
    def declined(self, answer: Declined) -> None:
        """The customer leaves without the goods."""
        if self.state == ASKING and answer.sale == self.sale:
            self._lose(self.sale, "declined")

    @handles(TenderTimeout)
    def timed_out(self, timeout: TenderTimeout) -> None:
        """The terminal is silent: let go whatever it may have reserved."""
        if self.state == ASKING and timeout.sale == self.sale:
            self._let_go(self.sale, self.tender, "")
            self._lose(self.sale, "other")

    def _let_go(self, sale: int, tender: str, reference: str) -> None:
        self.tell(self._device(DEVICES[tender]), Settle(sale=sale, amount_minor=0, reference=reference))

    # Finishing

    def _commit(self) -> None:
        self.state = COMMITTING
        order = CommitSale(
            till=self.address,
            sale=self.sale,
            tender=self.tender,
            lines=sale_lines(self.basket),
            total_minor=self.total_minor,
        )
        self.tell(self.reach(self.store), order)

    @handles(SaleCommitted)
    def committed(self, done: SaleCommitted) -> None:
        """It is a sale: print, settle, next customer."""
        if self.state == COMMITTING and done.sale == self.sale:
            self._finish(tuple(self.basket))
            self._serve("unknown_code" if self.refused else "")

    @handles(LastSale)
    def recovered(self, last: LastSale) -> None:
        """After a restart with money held: finish the sale if the store made it one, else flag it (I3)."""
        if not self.recovering:
            return
        self.recovering = False
        self.awaiting -= 1
        if last.sale == self.sale:
            self._finish(last.lines)
        else:
            self.record(
                PaymentFlagged(
                    sale=self.sale, tender=self.tender, amount_minor=self.held_minor, why="restart"
                )
            )
        self._pay_if_ready()

    def _finish(self, lines: tuple[ReceiptLine, ...]) -> None:
        text = receipt(
            lines,
            shop=self.shop,
            till=self.address,
            sale=self.sale,
            at_us=self.now,
            zone=ZoneInfo(self.zone),
            currency=self.currency,
            tender=self.tender,
            given_minor=self.given_minor,
            words=WORDS[self.language],
        )
        self.record(ReceiptIssued(sale=self.sale, text=text))
        self.tell(self._device("printer"), PrintReceipt(job=self.sale, text=text))
        if device := DEVICES.get(self.tender):
            self.tell(self._device(device), self.settles[device])

    def _lose(self, sale: int, why: str) -> None:
        self.record(BasketLost(sale=sale, lines=len(self.basket), why=why))
        self.refused += len(self.basket)
        self.basket = []
        self._serve(why)

    def _serve(self, why: str) -> None:
        """Tell the cashier that this customer is done with, and clear the till for the next."""
        assert self.tender_chosen is not None
        customer = self.tender_chosen.customer
        served = Served(customer=customer, vended=len(self.basket), refused=self.refused, why=why)
        self.tell(self._device("keys"), served)
        self.state, self.basket, self.refused, self.tender_chosen = SCANNING, [], 0, None

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
        if text := self.unprinted.get(retry.sale):
            self.tell(self._device("printer"), PrintReceipt(job=retry.sale, text=text))

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
