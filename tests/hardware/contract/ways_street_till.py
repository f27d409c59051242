"""What stands on the street's tills, and the scanner of its machines."""

from __future__ import annotations

from simulator.customers.till_keys import Basket, TillKeys
from simulator.devices.session_reader import CodeScanner, ShowCode
from simulator.devices.till import Drawer, Printer
from tests.hardware.contract.rig import KernelBench, Way
from tests.hardware.contract.ways_street import street


class PaperHands:
    """At what a printer prints."""

    def __init__(self, device: Printer, _: KernelBench) -> None:
        self._device = device

    @property
    def receipts(self) -> int:
        return self._device.receipts

    @property
    def copies(self) -> int:
        return self._device.copies


class DrawerHands:
    """At a cash drawer."""

    def __init__(self, device: Drawer, _: KernelBench) -> None:
        self._device = device

    @property
    def openings(self) -> int:
        return self._device.openings


class CashierHands:
    """At a till's keys; shoppers are numbered from 1."""

    def __init__(self, device: TillKeys, bench: KernelBench) -> None:
        self._device, self._bench = device, bench

    def shop(self, *lines: tuple[str, int], tender: str, given_minor: int) -> None:
        number = self._device.arrived + 1
        self._bench.order(
            "keys", Basket(customer=number, lines=lines, tender=tender, given_minor=given_minor)
        )


class ScannerHands:
    """Before a scanner."""

    def __init__(self, _: CodeScanner, bench: KernelBench) -> None:
        self._bench = bench

    def show_code(self, code: str) -> None:
        self._bench.order("scanner", ShowCode(code=code))


PRINTER: list[Way[PaperHands]] = [street(Printer, "printer", PaperHands)]
DRAWER: list[Way[DrawerHands]] = [street(Drawer, "drawer", DrawerHands)]
KEYS: list[Way[CashierHands]] = [street(TillKeys, "keys", CashierHands)]
SCANNER: list[Way[ScannerHands]] = [street(CodeScanner, "scanner", ScannerHands)]
