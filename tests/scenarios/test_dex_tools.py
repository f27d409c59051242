"""A machine's own counters against the books."""

from __future__ import annotations

import attrs

from hardware.dex.codec.audit import read
from scenarios.devices.dex_tools import Books, Difference, delta, differences, document
from simulator.audit_book import AuditBook
from simulator.devices.audit import StreetCounts
from simulator.peripherals.mdb_bus import MdbBus
from simulator.peripherals.mdb_changer import MdbChanger
from simulator.peripherals.true_counts import PeripheralCounts
from tests.hardware.dex.samples import audit

FITTING = Books(
    paid_units=17,
    paid_minor=4250,
    by_tender={"cash": (12, 3000), "cashless": (3, 750), "code": (2, 500)},
    cash_in_minor={"tube": 1800, "cash_box": 1200, "stacker": 2000},
    paid_out_minor=400,
    lanes={"10": 9, "11": 8},
)


def test_books_that_fit_show_no_difference() -> None:
    (found,) = read(audit())
    assert differences(document(found, "", 0), FITTING) == []


def test_a_vend_that_the_books_do_not_know_is_shown_by_lane_tender_and_sum() -> None:
    (found,) = read(audit())
    books = attrs.evolve(
        FITTING,
        paid_units=16,
        paid_minor=4000,
        by_tender={"cash": (11, 2750), "cashless": (5, 1250)},
        lanes={"10": 9, "11": 7},
    )
    assert differences(document(found, "", 0), books) == [
        Difference(what="paid.units", audit=17, books=16),
        Difference(what="paid.amount_minor", audit=4250, books=4000),
        Difference(what="cash.units", audit=12, books=11),
        Difference(what="cash.amount_minor", audit=3000, books=2750),
        Difference(what="lane 11", audit=8, books=7),
    ]


def test_what_the_audit_does_not_carry_is_not_compared() -> None:
    (found,) = read(b"DXS*A\r\nST*001*0001\r\nVA1*4250\r\nDXE*1*1\r\n")
    assert differences(document(found, "", 0), FITTING) == []


def test_the_rise_between_two_audits_is_compared_like_an_audit() -> None:
    (found,) = read(audit())
    nothing = Books(paid_units=0, paid_minor=0, lanes={"10": 0})
    assert differences(delta(found, found), nothing) == []


@attrs.define
class Motors:
    """What really fell."""

    dropped: dict[int, int] = attrs.field(factory=dict)


@attrs.define
class Counted:
    """A device's true counters."""

    drops: int = 0
    taken_minor: int = 0
    in_minor: int = 0
    out_minor: int = 0
    tubes: dict[int, int] = attrs.field(factory=dict)


def test_an_audit_of_the_street_is_what_its_devices_really_counted() -> None:
    board, card = Counted(drops=3), Counted(taken_minor=400)
    cash = Counted(tubes={100: 10})
    counts = StreetCounts(board, cash, (card,), {"A1": 250})
    cash.in_minor, cash.out_minor, cash.tubes = 1000, 300, {100: 9}
    book = AuditBook(counts=counts, currency="HKD", serial="HK0712")
    (found,) = read(book.print(0))
    assert (found.paid.units, found.paid.amount_minor) == (3, 1100)
    assert (found.cash.amount_minor, found.cash.units, found.cashless.amount_minor) == (700, None, 400)
    assert (found.flow.to_tubes_minor, found.flow.to_cashbox_minor) == (200, 800)
    assert (found.flow.dispensed_minor, found.in_tubes_minor) == (300, 900)
    assert [(lane.lane, lane.price_minor) for lane in found.lanes] == [("A1", 250)]


def test_an_audit_beside_peripherals_is_what_they_really_did() -> None:
    changer = MdbChanger((50, 100, 200), tubes={50: 4, 100: 4}, clock=lambda: 0.0)
    motors = Motors()
    counts = PeripheralCounts(motors, {"A1": 11, "A2": 12}, {"A1": 250, "A2": 300}, MdbBus(changer))
    changer.routed[100, "tube"] += 3
    changer.routed[200, "cash_box"] += 1
    motors.dropped[11] = 2
    first = counts()
    first.lanes["A1"].price_minor = 200
    motors.dropped[11] = 3
    book = AuditBook(counts=counts, currency="EUR", serial="HK0712")
    (found,) = read(book.print(0))
    assert [(lane.lane, lane.sold, lane.amount_minor) for lane in found.lanes] == [
        ("A1", 3, 700),
        ("A2", 0, 0),
    ]
    assert (found.paid.units, found.cash.amount_minor) == (3, 500)
    assert (found.flow.to_tubes_minor, found.flow.to_cashbox_minor, found.in_tubes_minor) == (300, 200, 600)
