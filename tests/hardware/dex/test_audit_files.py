"""Audit files as they come: whole, in a row, cut off, rewritten, with what others put round them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.dex.codec import lines
from hardware.dex.codec.audit import read
from hardware.dex.codec.lines import Line, split
from runtime.errors import ProtocolError
from tests.hardware.dex.samples import LINES, audit, changed


def test_a_whole_audit_says_what_it_counts() -> None:
    (found,) = read(audit())
    assert (found.serial, found.model, found.currency, found.decimals) == ("HK0712", "SNACK 40", "EUR", 2)
    assert (found.paid.units, found.paid.amount_minor, found.paid.interval_units) == (17, 4250, 5)
    assert (found.cash.amount_minor, found.cashless.units) == (3000, 5)
    flow = found.flow
    assert (flow.in_minor, flow.to_cashbox_minor, flow.to_tubes_minor, flow.bills_minor) == (
        5000,
        1200,
        1800,
        2000,
    )
    assert (flow.dispensed_minor, flow.manual_minor, found.in_tubes_minor) == (400, 100, 1400)
    assert [(lane.lane, lane.price_minor, lane.sold, lane.amount_minor) for lane in found.lanes] == [
        ("10", 250, 9, 2250),
        ("11", 250, 8, 2000),
    ]
    assert (found.g85.result, found.warnings) == ("ok", ())
    assert (found.taken_at, found.reads.previous_at) == ("2026-03-01T10:15:00", "2026-02-22T09:00:00")


def test_an_active_event_has_its_counter_and_its_last_time() -> None:
    (found,) = read(audit())
    (event,) = found.events
    assert (event.code, event.count, event.active, event.at) == ("EJH", 4, True, "2026-02-28T23:10:00")


def test_several_audits_in_one_file_come_in_their_order() -> None:
    second = audit(changed(ID1="ID1*HK0713*SNACK 40"))
    assert [found.serial for found in read(audit() + b"\r\n\r\n" + second)] == ["HK0712", "HK0713"]


def test_an_audit_cut_off_in_the_middle_gives_what_it_has_and_ends_where_the_next_begins() -> None:
    cut = audit()[:160]
    first, second = read(cut + b"\n" + audit())
    assert first.warnings == ("cut off: neither SE nor DXE",)
    assert (first.serial, second.serial) == ("HK0712", "HK0712")
    assert first.g85.result == "absent"


def test_reader_headers_and_text_lines_before_the_audit_are_left_out() -> None:
    framed = b"Read by hand held 7\r\n\r\n<000|Operations|Pc1|daa|__|\x11>" + audit() + b"<AAAA|BBBB>"
    (found,) = read(framed)
    assert (found.sender, found.g85.result, found.warnings) == ("HWK0000001", "ok", ())


def test_bare_line_feeds_are_read_as_line_ends_and_the_check_value_still_fits() -> None:
    (found,) = read(audit(end="\n"))
    assert (found.g85.result, found.g85.reason) == ("ok", "CR LF restored")


def test_bytes_of_the_check_value_may_be_swapped() -> None:
    whole = audit().decode()
    value = whole.split("G85*")[1][:4]
    (found,) = read(whole.replace(value, value[2:] + value[:2]).encode())
    assert found.g85.result == "swapped"
    assert found.warnings[0].startswith("G85 swapped: ")


def test_a_wrong_check_value_is_a_warning_that_says_both_values_and_what_was_tried() -> None:
    (found,) = read(audit(g85="1234"))
    assert found.g85.result == "mismatch"
    assert found.g85.reason.startswith("G85 says 1234, the lines give ")
    assert "swapped bytes" in found.g85.reason


def test_a_check_value_that_is_no_number_does_not_fit() -> None:
    (found,) = read(audit(g85="*"))
    assert (found.g85.result, found.g85.reason) == (
        "mismatch",
        "G85 must be four hexadecimal digits, not ''",
    )


def test_an_audit_that_an_office_tool_rewrote_is_named_so() -> None:
    text = audit(g85="B98F").decode().replace("ST*", "ST-1*").replace("SE*", "SE-1*")
    (found,) = read(text.replace("DXE", "@$1*Type*Periodo\r\nDXE").encode())
    assert "rewritten by an office tool" in found.g85.reason
    assert found.paid.units == 17


def test_an_audit_without_g85_says_so() -> None:
    (found,) = read(b"DXS*FAG *VA*1\r\nVA1*10*1\r\nDXE*1*0\r\n")
    assert (found.g85.result, found.g85.reason) == ("absent", "the audit has no G85 line")


def test_an_audit_may_begin_without_dxs() -> None:
    (found,) = read(b"ST*001*0001\r\nVA1*10*1\r\nSE*3*0001\r\n")
    assert (found.paid.amount_minor, found.sender) == (10, None)


@pytest.mark.parametrize(
    "nothing", [b"", b"\r\n" * 9, b"hello\nworld\n", bytes(range(256)), b"DXS*A*VA*V0/6*1"]
)
def test_a_file_without_an_audit_holds_none(nothing: bytes) -> None:
    assert read(nothing) == []


def test_the_makers_sign_for_no_value_is_no_value() -> None:
    (found,) = read(audit(changed(VA1="VA1*4294967295*17")))
    assert (found.paid.amount_minor, found.paid.units) == (None, 17)


def test_missing_and_unreadable_elements_are_not_carried() -> None:
    (found,) = read(audit(changed(CA2="CA2", DA2="DA2*x*1.5*-3", CA3="CA3*1")))
    assert (found.cash.amount_minor, found.cashless.amount_minor, found.cashless.units) == (None, None, None)
    assert found.cashless.interval_minor == -3
    assert found.flow.in_minor is None


def test_escapes_stand_for_the_characters_that_a_line_cannot_hold() -> None:
    assert Line("PA1", ("10", "250", "5^2A^ COLA")).text(3) == "5* COLA"


@pytest.mark.parametrize(
    ("money", "currency", "decimals"),
    [
        ("ID4*2*1978*EUR", "EUR", 2),
        ("ID4*2*1840", "USD", 2),
        ("ID4*2*344", "HKD", 2),
        ("ID4*2*0*978", "EUR", 2),
        ("ID4*0**JPY", "JPY", 0),
        ("ID4*2*001*1", None, 2),
        ("ID4*9*FFFF*1", None, None),
    ],
)
def test_the_currency_is_found_in_whatever_way_it_is_written(
    money: str, currency: str | None, decimals: int | None
) -> None:
    (found,) = read(audit(changed(ID4=money)))
    assert (found.currency, found.decimals) == (currency, decimals)


def test_old_whole_bills_are_brought_to_minor_units_where_only_that_makes_the_sum() -> None:
    (whole,) = read(audit(changed(CA3="CA3*0*0*0*0*5000*1200*1800*20")))
    (minor,) = read(audit(changed(CA3="CA3*0*0*0*0*5000*1200*1800*2000")))
    assert whole.flow.bills_minor == minor.flow.bills_minor == 2000


def test_a_lane_without_pa2_takes_the_sums_of_its_price_lists() -> None:
    by_list = ("PA1*10*250", "PA7*10*CA*0*250*3*750*1*250", "PA7*10*DA*0*250*2*500*0*0")
    (found,) = read(audit((*LINES[:10], *by_list)))
    (lane,) = found.lanes
    assert (lane.sold, lane.amount_minor, lane.interval_sold) == (5, 1250, 1)


def test_lanes_whose_number_stands_one_element_late_are_understood_with_a_warning() -> None:
    (found,) = read(audit(("ST*001*0001", "PA1**1*5", "PA2***129*0", "PA1**2*7", "PA2***1*0")))
    assert [(lane.lane, lane.price_minor, lane.interval_sold) for lane in found.lanes] == [
        ("1", 5, 129),
        ("2", 7, 1),
    ]
    assert any("PA101 is empty everywhere" in warning for warning in found.warnings)


def test_a_wrong_segment_count_is_a_warning() -> None:
    (found,) = read(audit().replace(b"SE*19", b"SE*20"))
    assert found.warnings == ("SE says 20 segments, counted 19",)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"DXS*1\r\n" + b"X" * (lines.LINE_BYTES_MAX + 1), "audit line 2: must be <= 4096 bytes, not 4097"),
        (b"DXS*1\r\nVA1" + b"*" * 129, "audit line 2: must have <= 128 elements, not 129"),
        (b"DXS*1\r\n" + b"VA1\r\n" * 50_000, "audit: must have <= 50000 lines"),
        (b" " * (lines.FILE_BYTES_MAX + 1), "audit file: must be <= 4194304 bytes"),
    ],
)
def test_what_is_beyond_a_ceiling_is_refused(data: bytes, rule: str) -> None:
    with pytest.raises(ProtocolError, match=rule):
        split(data)


PIECES = st.sampled_from(
    [
        b"DXS*",
        b"ST*",
        b"SE*",
        b"DXE*",
        b"G85*",
        b"PA1*",
        b"PA2*",
        b"EA1*",
        b"EA2*",
        b"CA3*",
        b"*",
        b"\r\n",
        b"\n",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=12)), max_size=60).map(b"".join))
def test_nothing_but_a_protocol_error_ever_comes_out_of_a_file(data: bytes) -> None:
    try:
        found = read(data)
    except ProtocolError:
        return
    assert all(each.lines for each in found)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_audit_is_still_read(data: st.DataObject) -> None:
    whole = bytearray(audit())
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    for found in read(bytes(whole)):
        assert found.g85.result in ("ok", "swapped", "mismatch", "absent")
