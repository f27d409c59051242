"""Steps of a till: a sale's receipt, printed until it is out, and the terminal told to take the money."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from actors.store.limits import DEVICES
from actors.store.messages import ReceiptIssued, ReceiptLine
from actors.store.receipt import WORDS, receipt
from hardware.contract.till import PrintReceipt

if TYPE_CHECKING:
    from actors.store.till import Till


def finish(till: Till, lines: tuple[ReceiptLine, ...]) -> None:
    """The store has made it a sale: print it, and settle what was authorised."""
    text = receipt(
        lines,
        shop=till.shop,
        till=till.address,
        sale=till.sale,
        at_us=till.now,
        zone=ZoneInfo(till.zone),
        currency=till.currency,
        tender=till.tender,
        given_minor=till.given_minor,
        words=WORDS[till.language],
    )
    till.record(ReceiptIssued(sale=till.sale, text=text))
    put_out(till, till.sale)
    if device := DEVICES.get(till.tender):
        till.tell(till.device(device), till.settles[device])


def put_out(till: Till, sale: int) -> None:
    """Have a receipt printed that is not out yet, always under the sale's number."""
    if text := till.unprinted.get(sale):
        till.tell(till.device("printer"), PrintReceipt(job=sale, text=text))
