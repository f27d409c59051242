"""One script of customers and technicians on real drivers over ptys and on simulated devices: the same facts.

The clock of the ptys is real. What cannot be the same is named in ``one_machine.told`` and nowhere else; the
simulated cash device is set to have no counters of its own, as no MDB changer has.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from actors.cabinet.messages import AuditTaken
from actors.control.messages import ReadAuditNow
from actors.ledger import queries
from scenarios.data_directory import LEDGER
from scenarios.devices.dex_tools import Books, Difference, audits_in, differences
from scenarios.machine_books import books
from tests.scenarios.one_machine import ME, script, told
from tests.scenarios.stage_street import StreetStage
from tests.scenarios.stage_wires import NUMBERS, Peripherals, on_wires

SECONDS_MAX = 120

Facts = list[tuple[str, Any]]


@attrs.define
class Day:
    """What a run over ptys left behind.

    Attributes:
        facts: of the machine and its lanes, at the end of the script.
        audit, books: the machine's own counters and the ledger's, then.
        later_audit, later_books: the same after a coin and a unit that nobody was told of.
        far: the peripherals.
        ledger: its file.
    """

    facts: Facts
    audit: dict[str, Any]
    books: Books
    later_audit: dict[str, Any]
    later_books: Books
    far: Peripherals
    ledger: Path


def newest_audit(facts: Facts) -> dict[str, Any]:
    """The last audit that was read, as a document."""
    text = [fact.text for _, fact in facts if type(fact) is AuditTaken][-1]
    (found,) = audits_in(text, ME)
    return found


async def day_on_wires(data: Path) -> Day:
    """Run the script over ptys; then a changer swallows a coin, and somebody turns a motor by hand."""
    far, ledger = Peripherals(), data / LEDGER
    with trio.fail_after(SECONDS_MAX):
        async with far.served(), on_wires(far, data) as stage:
            do = await script(stage)
            facts, first = stage.facts, books(ledger, ME)
            far.changer.routed[500, "cash_box"] += 1
            far.spirals.begin(NUMBERS["A3"])
            await stage.until(lambda: not far.spirals.running)
            taken = do.count(AuditTaken)
            await do.order(ReadAuditNow())
            await stage.until(lambda: do.count(AuditTaken) > taken)  # its outcome may be heard before it
            later = newest_audit(stage.facts)
            return Day(facts, newest_audit(facts), first, later, books(ledger, ME), far, ledger)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """The script over ptys, once."""
    return trio.run(day_on_wires, tmp_path_factory.mktemp("day"))


@pytest.fixture(scope="module")
def street() -> StreetStage:
    """The script on simulated devices, once."""
    stage = StreetStage()
    trio.run(script, stage)
    return stage


def test_real_drivers_over_ptys_and_simulated_devices_give_the_same_facts(
    day: Day, street: StreetStage
) -> None:
    on_ptys, simulated = told(day.facts), told(street.facts)
    assert on_ptys.keys() == simulated.keys()
    for actor, facts in simulated.items():
        assert on_ptys[actor] == facts, actor
    assert len(day.facts) == len(street.facts) > 100


def test_the_script_leaves_books_in_balance_and_no_rule_of_the_bus_broken(
    day: Day, street: StreetStage
) -> None:
    check = queries.check(day.ledger)
    assert (check.balanced, check.chain_ok, check.violations) == (True, True, [])
    assert day.far.bus.complaints == []
    street.node.rules.closing()
    assert street.node.rules.violations == []


def test_the_audit_read_over_the_pty_agrees_with_the_ledger(day: Day) -> None:
    assert day.audit["g85"] == "ok"
    assert differences(day.audit, day.books) == []
    units = {lane["lane"]: lane["sold"] for lane in day.audit["lanes"]}
    assert units == day.books.lanes == {"A1": 2, "A2": 2, "A3": 3, "A4": 2, "A5": 3}
    assert day.books.paid_minor == day.audit["paid"]["amount_minor"] > 0


def test_a_coin_and_a_unit_that_nobody_was_told_of_are_shown_by_the_next_audit(day: Day) -> None:
    was, price_minor = day.books, day.books.prices_minor["A3"]
    assert day.later_books == was
    in_minor, (_, cash_minor) = sum(was.cash_in_minor.values()), was.by_tender["cash"]
    lane_minor = was.lanes_minor["A3"]
    assert differences(day.later_audit, was) == [
        Difference(what="paid.units", audit=was.paid_units + 1, books=was.paid_units),
        Difference(what="paid.amount_minor", audit=was.paid_minor + 500, books=was.paid_minor),
        Difference(what="cash.amount_minor", audit=cash_minor + 500, books=cash_minor),
        Difference(what="cash.in_minor", audit=in_minor + 500, books=in_minor),
        Difference(
            what="cash.to_cashbox_minor",
            audit=was.cash_in_minor["cash_box"] + 500,
            books=was.cash_in_minor["cash_box"],
        ),
        Difference(what="lane A3", audit=was.lanes["A3"] + 1, books=was.lanes["A3"]),
        Difference(what="lane A3 amount_minor", audit=lane_minor + price_minor, books=lane_minor),
    ]
