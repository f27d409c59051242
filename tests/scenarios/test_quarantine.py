"""A poisoned message in a live chain: an alarm at the office, until a person lets it in from there."""

from __future__ import annotations

from pathlib import Path

from actors.office.messages import AlarmCleared, AlarmRaised
from runtime import wire
from runtime.command import CommandEnded, Issue
from runtime.message import event
from runtime.quarantine import FAILURES_MAX, LetIn, MessageSetAside
from scenarios.live.chain import LiveChain, open_live
from tests.scenarios.small_chain import Ears, prepared


@event("test.quarantine.poison")
class Poison:
    pass


def heard(live: LiveChain[Ears], kind: type) -> list[object]:
    return [report.content for report in live.console.heard if isinstance(report.content, kind)]


async def test_a_message_set_aside_is_an_alarm_until_a_person_lets_it_in(tmp_path: Path) -> None:
    async with open_live(prepared(), data=tmp_path, speed=1, console=Ears) as live:
        for _ in range(FAILURES_MAX):
            live.sites["gw-1"].take_in("m-1", Poison())
        await live.console.until(lambda: bool(heard(live, AlarmRaised)))
        (aside,) = heard(live, MessageSetAside)
        assert isinstance(aside, MessageSetAside)
        assert (aside.address, aside.tag) == ("m-1", "test.quarantine.poison/1")
        (alarm,) = heard(live, AlarmRaised)
        assert isinstance(alarm, AlarmRaised)
        assert (alarm.kind, alarm.place, alarm.cause_node) == ("set_aside", "m-1", "gw-1")
        order = wire.encode(LetIn(address="m-1", digest=aside.digest, by="operator"))
        later_us = live.now_us() + 600_000_000
        issue = Issue(to="gw-1/quarantine", body=order, expires_at_us=later_us, asked_by="office/console")
        live.tell("commands", issue)
        await live.console.until(lambda: bool(heard(live, AlarmCleared)))
        await live.console.until(lambda: bool(heard(live, CommandEnded)))
        (ended,) = {fact.outcome for fact in heard(live, CommandEnded) if isinstance(fact, CommandEnded)}
        assert ended == "done"
