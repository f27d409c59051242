"""Two audits of one machine, held against each other."""

from __future__ import annotations

import pytest

from hardware.dex.codec.audit import read
from hardware.dex.codec.identities import Identity, identities, same_machine
from hardware.dex.codec.values import Audit
from runtime.errors import ConfigError
from tests.hardware.dex.samples import LINES, audit, changed

LATER = {
    "VA1": "VA1*5250*21*1000*4",
    "CA2": "CA2*3500*14*500*2",
    "DA2": "DA2*1750*7*500*2",
    "CA3": "CA3*900*200*200*0*5900*1400*2000*0*500*2500",
    "CA4": "CA4*50*0*450*100",
    "CA15": "CA15*1550",
    "EA3": "EA3*8*20260308*1015**20260301*1015",
}


def the(lines: tuple[str, ...]) -> Audit:
    return read(audit(lines))[0]


def between(old: tuple[str, ...] = LINES, **new: str) -> list[Identity]:
    return identities(the(old), the(changed(**{**LATER, **new})))


def broken(found: list[Identity]) -> list[tuple[str, int, int]]:
    return [(one.name, one.left, one.right) for one in found if not one.holds]


def test_counters_that_fit_hold_every_identity_and_the_interval_is_the_rise() -> None:
    found = between()
    assert broken(found) == []
    assert [one.name for one in found] == [
        "VA1=CA2+DA2",
        "CA305=CA306+CA307+bills",
        "CA15=CA307-CA403",
        "VA103=dVA101",
        "VA104=dVA102",
        "CA203=dCA201",
        "CA204=dCA202",
        "DA203=dDA201",
        "DA204=dDA202",
        "CA301=dCA305",
        "CA302=dCA306",
        "CA303=dCA307",
        "CA401=dCA403",
    ]


def test_a_sale_that_no_tender_paid_for_does_not_hold() -> None:
    assert broken(between(VA1="VA1*5500*22*1250*5")) == [("VA1=CA2+DA2", 1250, 1000)]


def test_a_second_reader_and_tokens_are_tenders_too() -> None:
    found = between(VA1="VA1*5550*22", ID5="DB2*200*1", EA1="TA2*100*1")
    assert found[0].name == "VA1=CA2+DA2"
    old = changed(ID5="DB2*0*0", EA1="TA2*0*0*0*0*0*0*0*0")
    new = changed(**{**LATER, "VA1": "VA1*5550*22", "ID5": "DB2*200*1", "EA1": "TA2*60*1*0*0*40*1"})
    found = identities(the(old), the(new))
    assert (found[0].name, found[0].left, found[0].right) == ("VA1=CA2+DA2+DB2+TA2", 1300, 1300)


def test_bills_may_be_counted_inside_the_cash_box() -> None:
    old = changed(CA3="CA3*0*0*0*0*5000*3200*1800*0*0*2000")
    found = between(old, CA3="CA3*900*700*200*0*5900*3900*2000*0*500*2500")
    assert [one.name for one in found if one.name.startswith("CA305")] == ["CA305=CA306+CA307"]
    assert broken(found) == []


def test_coins_that_vanish_from_the_tubes_do_not_hold() -> None:
    assert broken(between(CA15="CA15*1500")) == [("CA15=CA307-CA403", 100, 150)]


def test_tubes_filled_by_hand_are_counted_where_the_machine_counts_them_apart() -> None:
    old = changed(ID5="CA10*0*0")
    found = between(old, CA15="CA15*1850", ID5="CA10*300*300")
    assert [one.name for one in found if one.name.startswith("CA15")] == ["CA15=CA307+CA10-CA403"]
    assert broken(found) == []


def test_an_interval_that_was_not_reset_goes_on() -> None:
    found = between(
        VA1="VA1*5250*21*2250*9",
        CA2="CA2*3500*14*1250*5",
        DA2="DA2*1750*7*1000*4",
        CA3="CA3*1700*500*700*0*5900*1400*2000*0*500*2500",
        CA4="CA4*100*0*450*100",
        EA3="EA3*7*20260308*1015",
    )
    assert broken(found) == []
    assert "VA103=dVA101, not reset" in [one.name for one in found]


def test_intervals_are_left_out_when_another_read_came_between() -> None:
    found = between(VA1="VA1*5250*21*100*1", EA3="EA3*9*20260308*1015")
    assert [one.name for one in found if "VA10" in one.name] == []


def test_an_interval_that_does_not_fit_the_very_next_read_does_not_hold() -> None:
    assert ("VA103=dVA101", 100, 1000) in broken(between(VA1="VA1*5250*21*100*1"))


def test_a_counter_that_fell_does_not_hold() -> None:
    found = identities(the(changed(**LATER)), the(LINES))
    assert broken(found)[0] == ("VA101 never falls", 4250, 5250)


def test_what_an_audit_does_not_carry_is_not_compared() -> None:
    poor = ("ST*001*0001", "ID1*HK0712*SNACK 40", "VA1*4250*17")
    assert identities(the(poor), the(poor)) == []
    names = [one.name for one in identities(the(poor), the(changed(**LATER)))]
    assert names == ["VA103=dVA101", "VA104=dVA102"]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("ID1*HK0713*SNACK 40", "ID101 is 'HK0712' in OLD and 'HK0713' in NEW"),
        ("ID1*HK0712*SNACK 50", "ID102 is 'SNACK 40' in OLD and 'SNACK 50' in NEW"),
        ("ID1", "ID101 is 'HK0712' in OLD and 'empty' in NEW"),
    ],
)
def test_audits_of_two_machines_are_refused(line: str, rule: str) -> None:
    with pytest.raises(ConfigError, match=rule):
        same_machine(the(LINES), the(changed(ID1=line)))


def test_machines_without_a_serial_are_told_apart_by_their_board() -> None:
    old, new = changed(ID1="CB1*BOARD1"), changed(ID1="CB1*BOARD2")
    with pytest.raises(ConfigError, match="CB101 is 'BOARD1' in OLD and 'BOARD2' in NEW"):
        same_machine(the(old), the(new))
