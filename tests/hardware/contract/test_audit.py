"""Audit ports: the machine's own counters read, prices written and read back."""

from __future__ import annotations

import pytest

from hardware.contract.audit import AuditFailed, AuditRead, PricesWritten, ReadAudit, WritePrices
from tests.hardware.contract.hands import AuditHands
from tests.hardware.contract.rig import Rig


async def test_an_audit_is_read_whole(audit: Rig[AuditHands]) -> None:
    audit.order("audit", ReadAudit())
    text = (await audit.event(AuditRead)).text
    lines = text.split("\r\n")
    assert lines[0].startswith("DXS*")
    assert lines[-2].startswith("DXE*"), "the last line ends with CR LF too"
    assert lines[-1] == ""


async def test_an_audit_counts_what_was_sold(audit: Rig[AuditHands]) -> None:
    lane = audit.hands.lanes[0]
    for _ in range(3):
        audit.hands.vend(lane)
    audit.order("audit", ReadAudit())
    text = (await audit.event(AuditRead)).text
    vends = [line.split("*") for line in text.split("\r\n") if line.startswith("VA1*")]
    assert int(vends[0][2]) == audit.hands.vends


async def test_an_audit_read_twice_is_two_audits(audit: Rig[AuditHands]) -> None:
    audit.order("audit", ReadAudit())
    audit.order("audit", ReadAudit())
    await audit.event(AuditRead)
    await audit.event(AuditRead)


@pytest.mark.needs("writing prices")
async def test_prices_written_are_read_back(audit: Rig[AuditHands]) -> None:
    lane = audit.hands.lanes[0]
    audit.order("audit", WritePrices(prices=((lane, 1250),)))
    assert (lane, 1250) in (await audit.event(PricesWritten)).prices
    assert audit.hands.price_minor(lane) == 1250


@pytest.mark.without("writing prices")
async def test_a_port_that_takes_no_prices_says_so_and_keeps_its_own(audit: Rig[AuditHands]) -> None:
    lane = audit.hands.lanes[0]
    before = audit.hands.price_minor(lane)
    audit.order("audit", WritePrices(prices=((lane, 1250),)))
    assert "\n" not in (await audit.event(AuditFailed, within=300.0)).why
    assert audit.hands.price_minor(lane) == before


@pytest.mark.needs("presence")
async def test_a_port_that_does_not_answer_says_why(audit: Rig[AuditHands]) -> None:
    audit.hands.fall_silent()
    audit.order("audit", ReadAudit())
    failed = await audit.event(AuditFailed, within=300.0)
    assert failed.why
    assert "\n" not in failed.why
    audit.hands.speak_again()
    audit.order("audit", ReadAudit())
    await audit.event(AuditRead, within=120.0)
