"""Office and sites as processes over a proxy that misbehaves, all killed -9 at random under load."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from tests.processes.family import NAMES, Family, open_family
from tests.processes.proxy import MOODS


async def storm(family: Family, kills: int, pause_seconds: tuple[float, float]) -> None:
    """Kill one or another at random moments, also while it starts; change the network's mood meanwhile."""
    async with trio.open_nursery() as nursery:
        for name in NAMES:
            nursery.start_soon(family.keep, name)
        for name in NAMES:
            await family.children[name].up.wait()
        while family.kills.total() < kills:
            await family.proxy.become(family.dice.choice(MOODS))
            await trio.sleep(family.dice.uniform(*pause_seconds))
            family.kill(family.dice.choice(NAMES))
        nursery.cancel_scope.cancel()


def assert_it_was_a_storm(family: Family, kills: int) -> None:
    assert family.kills.total() >= kills
    assert all(family.kills[name] for name in NAMES)


@pytest.mark.parametrize("kills", [10])
async def test_ten_kills_of_either_end_lose_and_double_nothing(tmp_path: Path, kills: int) -> None:
    async with open_family(tmp_path, seed=1) as family:
        with trio.fail_after(55):
            await storm(family, kills, (0.5, 2.5))
        await family.drain()
    acknowledged, sold = family.compare()
    assert_it_was_a_storm(family, kills)
    assert 20 <= acknowledged <= sold
