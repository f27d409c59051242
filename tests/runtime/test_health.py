"""A node says of its own state what changed, and only that."""

from __future__ import annotations

from runtime.health import DamageFound, DamageMended, Health, IntegrityChecked
from tests.actors.bench import Bench


def test_damage_is_told_once_each_and_mended_when_a_later_check_finds_it_whole() -> None:
    bench = Bench()
    bench.spawn("health", Health())
    for of, wrong in [("gw-1", ""), ("gw-1", "fact 5"), ("gw-1", "fact 5"), ("ledger", "I1"), ("gw-1", "")]:
        bench.send("health", IntegrityChecked(of=of, wrong=wrong))
    bench.power_cut()
    bench.send("health", IntegrityChecked(of="ledger", wrong="I1"), IntegrityChecked(of="gw-1", wrong=""))
    assert [fact for _, fact in bench.facts] == [
        DamageFound(of="gw-1", wrong="fact 5"),
        DamageFound(of="ledger", wrong="I1"),
        DamageMended(of="gw-1"),
    ]
