"""What stands on a till, and the scanner of a machine."""

from __future__ import annotations

from hardware.contract.keypad import Served
from hardware.contract.payment import CodeScanned
from hardware.contract.till import (
    DrawerOpened,
    OpenDrawer,
    Printed,
    PrintReceipt,
    Scanned,
    TenderChosen,
)
from tests.hardware.contract.rig import Rig
from tests.hardware.contract.ways_street_till import CashierHands, DrawerHands, PaperHands, ScannerHands


async def test_a_receipt_is_told_when_it_is_out(printer: Rig[PaperHands]) -> None:
    for job in (1, 2):
        printer.order("printer", PrintReceipt(job=job, text="COLA 12.50"))
        assert await printer.event(Printed) == Printed(job=job)
    assert (printer.hands.receipts, printer.hands.copies) == (2, 0)


async def test_a_job_printed_again_is_a_copy(printer: Rig[PaperHands]) -> None:
    for _ in range(2):
        printer.order("printer", PrintReceipt(job=1, text="COLA 12.50"))
        assert await printer.event(Printed) == Printed(job=1)
    assert (printer.hands.receipts, printer.hands.copies) == (1, 1)


async def test_a_drawer_opens_and_says_for_which_sale(drawer: Rig[DrawerHands]) -> None:
    drawer.order("drawer", OpenDrawer(sale=7))
    assert await drawer.event(DrawerOpened) == DrawerOpened(sale=7)
    assert drawer.hands.openings == 1


async def test_lines_are_scanned_in_order_and_then_the_tender_is_chosen(till_keys: Rig[CashierHands]) -> None:
    till_keys.hands.shop(("4006381333931", 2), ("2100000001", 350), tender="cash", given_minor=5000)
    scanned = [await till_keys.event(Scanned) for _ in range(2)]
    assert scanned == [Scanned(code="4006381333931", quantity=2), Scanned(code="2100000001", quantity=350)]
    assert await till_keys.event(TenderChosen) == TenderChosen(customer=1, tender="cash", given_minor=5000)


async def test_the_next_shopper_waits_until_the_till_has_finished(till_keys: Rig[CashierHands]) -> None:
    for code in ("1", "2"):
        till_keys.hands.shop((code, 1), tender="cashless", given_minor=0)
    assert (await till_keys.event(Scanned)).code == "1"
    await till_keys.event(TenderChosen)
    await till_keys.quiet(Scanned, seconds=30.0)
    till_keys.order("keys", Served(customer=1, vended=1, refused=0))
    assert (await till_keys.event(Scanned)).code == "2"


async def test_a_payment_code_is_told_as_it_was_shown(scanner: Rig[ScannerHands]) -> None:
    scanner.hands.show_code("281234567890123456")
    assert await scanner.event(CodeScanned) == CodeScanned(code="281234567890123456")
