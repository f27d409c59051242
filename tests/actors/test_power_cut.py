"""Power cut at every step of a vend, and again at every step of the start after it: I1, I3 and I8 hold.

Nothing is drawn by chance here: every step of every script is tried with every way in which a cut can leave
the journal, the devices and what was on its way (``power_cut_bench.py``).
"""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from actors.machine.lane import Lane, turn_of
from actors.machine.messages import VendCompleted, VendFailed, VendIntended
from actors.payment.messages import FloatSet, PaymentFlagged
from hardware.contract.keypad import LanesChosen
from scenarios.invariants import Invariants
from simulator.devices.cash import Insert, PullLever
from tests.actors.machine_bench import ME
from tests.actors.power_cut_bench import FLOAT_MINOR, Action, Cabinet, Saved, Step

CASH = f"{ME}/cash"


def choose(*lanes: str, tender: str) -> Action:
    return (ME, LanesChosen(customer=7, lanes=lanes, tender=tender))


def put_in(*pieces: int) -> Action:
    return (CASH, Insert(pieces=pieces))


LEVER: Action = (CASH, PullLever())
FREE = choose("A3", tender="cash")


@attrs.frozen
class Script:
    """What customers do, and what fails without any power cut."""

    name: str
    actions: tuple[Action, ...]
    options: dict[str, Any] = attrs.field(factory=dict)


JAM_FIRST = {"jams": (turn_of(2, 0),)}
SCRIPTS = (
    Script("cash, exact", (choose("A1", tender="cash"), put_in(500, 200, 100))),
    Script("cash, overpaid", (choose("A1", tender="cash"), put_in(1000))),
    Script("cash, bill in escrow", (choose("A1", tender="cash"), put_in(2000)), {"escrow": True}),
    Script(
        "cash, bill in the recycler, jam",
        (choose("A1", tender="cash"), put_in(2000)),
        JAM_FIRST | {"recycles": (2000,), "escrow": True},
    ),
    Script("cash, two units", (choose("A1", "A2", tender="cash"), put_in(2000))),
    Script("cash, first of two jams", (choose("A1", "A2", tender="cash"), put_in(1000, 1000)), JAM_FIRST),
    Script(
        "cash, jam, no counters", (choose("A1", tender="cash"), put_in(1000)), JAM_FIRST | {"counts": False}
    ),
    Script("card", (choose("A1", tender="cashless"),)),
    Script("card, jam", (choose("A1", tender="cashless"),), JAM_FIRST),
    Script("card, declined", (choose("A1", tender="cashless"),), {"declines": 1.0}),
    Script("card, three units", (choose("A1", "A2", "A1", tender="cashless"),), {"jams": (turn_of(2, 1),)}),
    Script("card, refund lost", (choose("A1", tender="cashless"),), JAM_FIRST | {"loses": 1.0}),
    Script("code, first of two jams", (choose("A1", "A2", tender="code"),), JAM_FIRST),
    Script("any way, coin then card", (choose("A1", tender=""), put_in(500)), {}),
    Script("any way, coin then card, jam", (choose("A1", tender=""), put_in(500)), JAM_FIRST),
    Script("any way, cash", (choose("A1", tender=""), put_in(500, 500)), {"declines": 1.0}),
    Script("money first", (put_in(1000), choose("A2", tender="cash")), {"money_first": True}),
    Script("money first, lever", (put_in(500, 200), LEVER), {"money_first": True}),
    Script("lever", (choose("A1", tender="cash"), put_in(500), LEVER)),
    Script("too little", (choose("A1", tender="cash"), put_in(500))),
)


def facts_of(cabinet: Cabinet) -> list[tuple[str, Any]]:
    return [(record.source, record.fact()) for record in cabinet.records]


def check(cabinet: Cabinet) -> None:
    """What must hold once the machine has come to rest, by the facts and by the devices' own counts."""
    facts, node = facts_of(cabinet), cabinet.node
    rules = Invariants("HKD")
    for source, fact in facts:
        rules.seen("gw", source, fact)
    lanes = {actor.address: actor for actor in node.actors if isinstance(actor, Lane)}
    rules.full({address: lane.level for address, lane in lanes.items()}, {ME: cabinet.machine.cash_minor})
    rules.closing()
    assert rules.violations == []
    assert rules.book.credits == {}
    assert cabinet.machine.held_minor == 0
    # I1: cash as the device knows it, and what providers took
    if cabinet.cash.counts:
        assert cabinet.machine.cash_minor == FLOAT_MINOR + cabinet.cash.in_minor - cabinet.cash.out_minor
        assert cabinet.machine.books.tubes_minor == cabinet.cash.tubes_minor
    for tender, terminal in cabinet.terminals.items():
        assert (terminal.taken_minor, terminal.reserved) == (
            rules.book.balances[f"receivable:{tender}", "HKD"],
            {},
        )
    # I8: as the board knows it
    intended = {turn_of(f.sale, f.unit) for _, f in facts if isinstance(f, VendIntended)}
    ended = {turn_of(f.sale, f.unit): (a, f) for a, f in facts if isinstance(f, VendCompleted | VendFailed)}
    assert set(cabinet.board.ordered) <= intended == set(ended)
    assert all(times == 1 for times in cabinet.board.ordered.values())
    for turn, (address, end) in ended.items():
        if isinstance(end, VendCompleted):
            assert turn in cabinet.board.ordered
        elif end.why == "not_turned":
            assert turn not in cabinet.board.ordered
            assert lanes[address].closed == ""
        elif end.why == "unknown":
            assert lanes[address].closed == "uncertain"
            assert cabinet.board.knows(turn) == "unknown"
        else:
            assert lanes[address].closed == "jam"


def justified(cabinet: Cabinet, script: Script) -> None:
    """With devices that answer, only what nobody can know goes into suspense."""
    whys = {fact.why for _, fact in facts_of(cabinet) if isinstance(fact, PaymentFlagged)}
    allowed = {"unknown"} | ({"refund_lost"} if "loses" in script.options else set())
    assert whys <= allowed, whys


def still_sells(cabinet: Cabinet) -> None:
    sold = cabinet.machine.lane("A3").level
    cabinet.run((FREE,))
    assert cabinet.machine.lane("A3").level == sold - 1


def after_cuts(cabinet: Cabinet, states: list[Saved], script: tuple[Action, ...] = ()) -> list[Saved]:
    """Every state that another cut can leave, from each of these."""
    left: dict[Any, Saved] = {}
    for saved in states:
        cabinet.go_back(saved)
        cabinet.boot()
        left |= {cut.key: cut for cut in cuts_of(cabinet, cabinet.run(script))}
    return list(left.values())


def cuts_of(cabinet: Cabinet, steps: list[Step]) -> list[Saved]:
    """Every state that a cut at one of these steps can leave."""
    left = {cut.key: cut for step in steps for cut in cabinet.cuts(step)}
    return list(left.values())


@pytest.mark.parametrize("script", SCRIPTS, ids=[script.name for script in SCRIPTS])
def test_power_cut_at_every_step_and_again_at_every_step_of_the_start_breaks_no_rule(script: Script) -> None:
    cabinet = Cabinet(**script.options)
    cabinet.run((FREE,))
    begun = cabinet.save()
    cabinet.run(script.actions)
    check(cabinet)
    justified(cabinet, script)
    cabinet.go_back(begun)
    cabinet.boot()
    cabinet.run()
    once = after_cuts(cabinet, [cabinet.save()], script.actions)
    twice = after_cuts(cabinet, once)
    assert len(once) > 10
    assert len(twice) > len(once)
    for saved in (*once, *twice):
        cabinet.go_back(saved)
        cabinet.boot()
        cabinet.run()
        check(cabinet)
        justified(cabinet, script)
        still_sells(cabinet)


def test_power_cut_at_every_step_of_the_first_opening_sets_the_float_once() -> None:
    cabinet = Cabinet()
    once = cuts_of(cabinet, cabinet.run())
    for saved in (*once, *after_cuts(cabinet, once)):
        cabinet.go_back(saved)
        cabinet.boot()
        cabinet.run()
        check(cabinet)
        floats = [fact for _, fact in facts_of(cabinet) if isinstance(fact, FloatSet)]
        assert [fact.amount_minor for fact in floats] == [FLOAT_MINOR]
        still_sells(cabinet)
