"""Audits and configuration printed as machines and data carriers print them."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.dex.codec import config, values
from hardware.dex.codec.audit import read
from hardware.dex.codec.lines import split
from hardware.dex.codec.writer import write
from runtime.errors import ProtocolError
from tests.hardware.dex.samples import audit

TEXTS = st.text(st.characters(codec="ascii", categories=("Lu", "Nd", "Po", "Sm")), min_size=1, max_size=12)
AMOUNTS = st.none() | st.integers(0, 10**9)
COUNTS = st.builds(
    values.Count, units=AMOUNTS, amount_minor=AMOUNTS, interval_units=AMOUNTS, interval_minor=AMOUNTS
)
FLOWS = st.builds(
    values.CashFlow,
    in_minor=AMOUNTS,
    to_cashbox_minor=AMOUNTS,
    to_tubes_minor=AMOUNTS,
    bills_minor=AMOUNTS,
    dispensed_minor=AMOUNTS,
    manual_minor=AMOUNTS,
)
LANES = st.builds(
    values.Lane,
    lane=TEXTS,
    price_minor=AMOUNTS,
    product=st.none() | TEXTS,
    sold=AMOUNTS,
    amount_minor=AMOUNTS,
    interval_sold=AMOUNTS,
    interval_minor=AMOUNTS,
    absent=st.booleans(),
    level=AMOUNTS,
)
AUDITS = st.builds(
    values.Audit,
    sender=st.none() | TEXTS.map(lambda text: text[:10]),
    serial=st.none() | TEXTS,
    model=st.none() | TEXTS,
    currency=st.none() | st.sampled_from(["EUR", "HKD", "USD"]),
    decimals=st.none() | st.integers(0, 4),
    taken_at=st.none() | st.sampled_from(["2026-03-01T10:15:00", "2026-12-31T23:59:59"]),
    paid=COUNTS,
    cash=COUNTS,
    cashless=COUNTS,
    flow=FLOWS,
    interval_flow=FLOWS,
    in_tubes_minor=AMOUNTS,
    lanes=st.lists(LANES, max_size=5, unique_by=lambda lane: lane.lane).map(tuple),
    outages=AMOUNTS,
)


@settings(max_examples=80, deadline=None)
@given(AUDITS)
def test_what_is_printed_is_read_back_the_same(wanted: values.Audit) -> None:
    (found,) = read(write(wanted))
    assert found.g85.result == "ok"
    assert attrs.evolve(found, g85=wanted.g85, warnings=(), lines=()) == wanted
    assert found.warnings == ()


def test_an_audit_that_was_read_is_printed_so_that_it_says_the_same() -> None:
    (first,) = read(audit())
    (second,) = read(write(first))
    assert attrs.evolve(second, lines=first.lines) == first


def test_prices_are_written_as_pc1_with_their_envelope() -> None:
    data = config.prices({"A1": 250, "A2": 300}, "HWK0000001")
    assert data.splitlines()[:4] == [
        b"DXS*HWK0000001*VA*V0/6*1",
        b"ST*001*0001",
        b"PC1*A1*250",
        b"PC1*A2*300",
    ]
    assert data.splitlines()[-2:] == [b"SE*5*0001", b"DXE*1*1"]
    assert config.read_prices(data) == {"A1": 250, "A2": 300}


def test_prices_of_a_price_list_are_written_as_lc1_and_never_beside_pc1() -> None:
    data = config.prices({"A1": 250}, "HWK0000001", 0)
    assert b"LC1*0*A1*250\r\n" in data
    assert b"PC1" not in data
    assert config.read_prices(data) == {"A1": 250}


def test_a_file_with_both_ways_of_setting_prices_is_refused() -> None:
    data = b"DXS*A\r\nST*001*0001\r\nPC1*A1*1\r\nLC1*0*A1*2\r\nSE*4*0001\r\nDXE*1*1\r\n"
    with pytest.raises(ProtocolError, match="must hold PC1 or LC1, never both"):
        config.read_prices(data)


@pytest.mark.parametrize(
    ("wanted", "rule"),
    [
        ({}, "must set 1 to 1000 prices, not 0"),
        ({"A*1": 5}, r"lane must be 1 to 6 letters or digits, not 'A\*1'"),
        ({"A1": -5}, "lane A1: price must be 0 to 99999999, not -5"),
    ],
)
def test_prices_that_no_machine_can_take_are_refused(wanted: dict[str, int], rule: str) -> None:
    with pytest.raises(ProtocolError, match=rule):
        config.prices(wanted, "HWK0000001")


def test_what_reads_do_to_the_interval_is_sd105() -> None:
    data = config.interval(config.RESET, "HWK0000001")
    assert [line.elements for line in split(data)[0].every("SD1")] == [("", "", "", "", "RESET")]
    assert config.read_interval(data) == "RESET"
    assert config.read_interval(audit()) is None
