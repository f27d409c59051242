"""Audits of real machines: every dump is read, and figures of several were checked by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware.dex.codec.audit import read
from hardware.dex.codec.identities import identities
from hardware.dex.codec.values import Audit
from tests.conftest import Recordings

FOLDER = "vending/dex"


@pytest.fixture(scope="module")
def dumps(recordings: Recordings) -> Path:
    return recordings.folder(FOLDER)


def the(dumps: Path, name: str, index: int = 0) -> Audit:
    return read((dumps / name).read_bytes())[index]


def test_every_dump_holds_an_audit_and_is_read_without_complaint(dumps: Path) -> None:
    empty = [path.name for path in sorted(dumps.iterdir()) if not read(path.read_bytes())]
    assert empty == []


def test_most_check_values_fit_and_the_others_are_of_files_that_were_rewritten(dumps: Path) -> None:
    verdicts = {
        f"{path.name[:24]} {number}": audit.g85.result
        for path in sorted(dumps.iterdir())
        for number, audit in enumerate(read(path.read_bytes()))
    }
    assert sorted(set(verdicts.values())) == ["absent", "mismatch", "ok", "swapped"]
    assert [name for name, result in verdicts.items() if result == "swapped"] == [
        "excerpt__rhea_sagoma_201 0"
    ]


def test_a_jofemar_with_a_recycler(dumps: Path) -> None:
    audit = the(dumps, "reneaaron-eva-dts-parser__sample.txt")
    assert (audit.g85.result, audit.currency, audit.decimals) == ("ok", "EUR", 2)
    assert (audit.paid.units, audit.paid.amount_minor) == (423, 143_500)
    assert (audit.cash.units, audit.cash.amount_minor) == (382, 128_250)
    assert (audit.cashless.units, audit.cashless.amount_minor) == (41, 15_250)
    flow = audit.flow
    assert (flow.in_minor, flow.to_cashbox_minor, flow.to_tubes_minor) == (214_290, 34_100, 89_190)
    assert (flow.bills_minor, flow.dispensed_minor, audit.in_tubes_minor) == (91_000, 63_920, 25_270)
    assert len(audit.lanes) == 36
    assert sum(lane.amount_minor or 0 for lane in audit.lanes) == 143_500
    first = audit.lanes[0]
    assert (first.lane, first.price_minor, first.sold, first.amount_minor) == ("10", 750, 4, 3_000)
    assert [(tube.value_minor, tube.count) for tube in audit.tubes] == [
        (10, 38),
        (20, 57),
        (50, 91),
        (100, 96),
        (200, 48),
    ]


def test_an_american_machine_that_sells_by_card_only(dumps: Path) -> None:
    audit = the(dumps, "nayax-vendsys-dex-console__dex-machine-a.txt")
    assert (audit.serial, audit.currency, audit.g85.result) == ("100077238", "USD", "ok")
    assert (audit.paid.units, audit.paid.amount_minor) == (195, 34_450)
    assert (audit.cash.units, audit.cashless.amount_minor, audit.flow.in_minor) == (0, 34_450, 0)
    assert len(audit.lanes) == 38
    assert sum(lane.sold or 0 for lane in audit.lanes) == 195
    sold = {lane.lane: (lane.price_minor, lane.sold, lane.amount_minor) for lane in audit.lanes}
    assert (sold["101"], sold["305"]) == ((325, 4, 1_300), (125, 11, 1_375))


def test_a_rhea_whose_check_value_is_swapped(dumps: Path) -> None:
    audit = the(dumps, "excerpt__rhea_sagoma_2016.dex")
    assert (audit.g85.result, audit.model) == ("swapped", "SAGOMAE")
    assert (audit.paid.units, audit.paid.amount_minor) == (18_312, 55_046_400)
    assert (audit.flow.in_minor, audit.flow.bills_minor) == (84_188_500, 49_162_000)
    assert len(audit.lanes) == 14
    assert (len(audit.log), [event.code for event in audit.events]) == (20, ["6A", "3"])
    assert audit.events[0].at == "2016-10-24T13:36:00"


def test_a_file_of_five_audits_two_of_them_cut_off(dumps: Path) -> None:
    audits = read((dumps / "dex-utility__Combined.dex").read_bytes())
    assert [audit.serial for audit in audits] == [
        "WTN11120310057",
        "WTN11240080108",
        "WTN12230750001",
        "WTN12230750001",
        "WTN11120310057",
    ]
    assert [audit.g85.result for audit in audits] == ["ok", "absent", "absent", "mismatch", "ok"]
    assert [len(audit.lanes) for audit in audits] == [3, 0, 3, 29, 3]
    door = next(event for event in audits[3].events if event.code == "EGS")
    assert (door.count, door.active, door.at) == (104, True, "2004-05-08T11:39:00")


def test_a_coin_mechanism_that_carries_neither_serial_nor_bills(dumps: Path) -> None:
    audit = the(dumps, "dex-utility__Test1.dex")
    assert (audit.serial, audit.decimals, audit.currency) == (None, 0, None)
    assert (audit.paid.units, audit.paid.amount_minor) == (1_306, 69_250)
    assert (audit.flow.in_minor, audit.flow.to_cashbox_minor, audit.flow.to_tubes_minor) == (
        74_250,
        35_650,
        38_600,
    )
    assert (audit.flow.bills_minor, audit.in_tubes_minor) == (None, None)


def test_a_coffee_machine_without_any_money_of_its_own(dumps: Path) -> None:
    audit = the(dumps, "php-evadts-parser__animo.eva_dts")
    assert (audit.model, audit.paid.units, audit.paid.amount_minor) == ("3M3Aba", 8_161, 816_100)
    assert (audit.cash.amount_minor, audit.flow.in_minor, audit.cashless.units) == (None, None, None)
    assert len(audit.lanes) == 24
    assert (audit.lanes[0].product, audit.lanes[0].sold) == ("COFFEE", 412)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "studio-caffe-shared__missingReportOldFile.txt",
            "studio-caffe-shared__missingReportNewFile.txt",
            {"VA1=CA2+DA2": 21_610, "CA305=CA306+CA307": 30_020, "CA15=CA307-CA403": -140},
        ),
        (
            "studio-caffe-shared__ELKATT_old_sample.txt",
            "studio-caffe-shared__ELKATT_sample.txt",
            {"CA305=CA306+CA307": 8_365, "VA103=dVA101": 8_600, "CA301=dCA305": 8_365, "CA302=dCA306": 8_365},
        ),
        (
            "evadts-csv-export___N_W_BlueRed_Pc54601_20191230144918.daa",
            "evadts-csv-export___N_W_BlueRed_Pc54601_20191230145020.daa",
            {"VA1=CA2+DA2": 0},
        ),
        ("dex-utility__Test-3.dex", "dex-utility__Test-8.dex", {"VA1=CA2+DA2": 0, "CA15=CA307-CA403": 0}),
    ],
    ids=["NIS", "ELKATT", "Kikko", "GVC2"],
)
def test_two_reads_of_one_machine_fit_exactly(
    dumps: Path, old: str, new: str, expected: dict[str, int]
) -> None:
    found = identities(the(dumps, old), the(dumps, new))
    assert [one for one in found if not one.holds] == []
    assert {one.name: one.left for one in found if one.name in expected} == expected
