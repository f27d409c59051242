"""A machine whose node's disk is full finishes the open sale and begins no other."""

from __future__ import annotations

from actors.machine.messages import SaleRefused, VendCompleted
from runtime.health import GoOn, Hold
from tests.actors.machine_bench import ME, authorise, choose, opened, served, turn


def test_an_open_sale_is_finished_and_the_next_customer_is_refused_until_there_is_room() -> None:
    bench = opened()
    choose(bench, "A1")
    authorise(bench)
    bench.send(ME, Hold(why="disk full"))
    turn(bench)
    assert len(bench.facts_of(VendCompleted)) == 1
    choose(bench, "A1", customer=8)
    assert [(refused.lane, refused.why) for refused in bench.facts_of(SaleRefused)] == [("A1", "other")]
    assert served(bench)[-1].vended == 0
    bench.send(ME, GoOn())
    choose(bench, "A1", customer=9)
    authorise(bench)
    turn(bench)
    assert len(bench.facts_of(VendCompleted)) == 2
