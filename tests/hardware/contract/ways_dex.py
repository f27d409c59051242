"""Audit ports: the DEX driver over wires to a simulated port, and the street's port."""

from __future__ import annotations

from typing import Any

from hardware.dex.driver import DexDriver
from simulator.audit_book import AuditBook, LaneCount, TrueCounts
from simulator.devices.audit import AuditPort
from simulator.peripherals.dex_port import DexPort
from tests.hardware.contract.hands import AuditHands
from tests.hardware.contract.rig import KernelBench, Way, over_wires
from tests.hardware.contract.ways_street import street

LANES = ("A1", "A2", "A3")


def counts() -> TrueCounts:
    return TrueCounts(lanes={lane: LaneCount(price_minor=1000) for lane in LANES})


def book(true: TrueCounts) -> AuditBook:
    return AuditBook(counts=lambda: true, currency="HKD", serial="HK0712")


class BookHands:
    """Hands on the counters behind a port."""

    lanes: tuple[str, ...] = LANES

    def __init__(self, true: TrueCounts, port: DexPort | None) -> None:
        self._true, self._port = true, port

    def vend(self, lane: str) -> None:
        self._true.vend(lane, cash=True)

    @property
    def vends(self) -> int:
        return self._true.units

    def price_minor(self, lane: str) -> int:
        return self._true.lanes[lane].price_minor

    def fall_silent(self) -> None:
        assert self._port is not None, "a device of the street does not fall silent"
        self._port.fall_silent()

    def speak_again(self) -> None:
        assert self._port is not None, "a device of the street does not fall silent"
        self._port.speak_again()


def _port_hands(port: DexPort) -> AuditHands:
    return BookHands(port.book.counts(), port)


def _driven(name: str, way: str, *lacks: str, **port: Any) -> list[Way[AuditHands]]:
    return over_wires(
        name,
        lambda: DexDriver(way),
        lambda: DexPort(book(counts()), way=way, **port),
        _port_hands,
        lacks=lacks,
    )


def _street_port() -> AuditPort:
    true = counts()
    return AuditPort(lambda: book(true))


def _street_hands(port: AuditPort, _: KernelBench) -> AuditHands:
    return BookHands(port.book.counts(), None)


AUDIT: list[Way[AuditHands]] = [
    street(_street_port, "audit", _street_hands, beyond=("presence",)),
    *_driven("dex", "dcs"),
    *_driven("dex-odd-master", "dcs", "writing prices", begins=True),
    *_driven("ddcmp", "ddcmp", "writing prices"),
]
