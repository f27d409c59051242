"""Office and sites as processes over a proxy that misbehaves, all killed -9 at random under load."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from tests.processes.family import NAMES, Family, open_family
from tests.processes.proxy import MOODS

UP_FIRST_SHARE = 0.7
"""Of the kills; the others strike whatever the process is doing, be it recovering from the last."""
PAUSE_SECONDS = (0.4, 2.0)


async def storm(family: Family, kills: int) -> None:
    """Kill one or another at random moments; change the network's mood meanwhile."""
    dice = family.dice
    async with trio.open_nursery() as nursery:
        for name in NAMES:
            nursery.start_soon(family.keep, name)
        for name in NAMES:
            await family.children[name].up.wait()
        while family.kills.total() < kills:
            await family.proxy.become(dice.choice(MOODS))
            name = dice.choice(NAMES)
            if dice.random() < UP_FIRST_SHARE:
                await family.children[name].up.wait()
            await trio.sleep(dice.uniform(*PAUSE_SECONDS))
            family.kill(name)
        nursery.cancel_scope.cancel()


async def survive(root: Path, kills: int, seed: int, seconds: float) -> tuple[int, int]:
    """A storm, then calm; returns how many sales were acknowledged, and how many the ledger holds."""
    async with open_family(root, seed) as family:
        with trio.fail_after(seconds):
            await storm(family, kills)
        await family.drain()
    assert all(family.kills[name] for name in NAMES)
    return family.compare()


async def test_ten_kills_of_either_end_lose_and_double_nothing(tmp_path: Path) -> None:
    acknowledged, sold = await survive(tmp_path, 10, seed=1, seconds=120)
    assert 20 <= acknowledged <= sold


@pytest.mark.soak
async def test_three_hundred_kills_of_either_end_lose_and_double_nothing(tmp_path: Path) -> None:
    acknowledged, sold = await survive(tmp_path, 300, seed=7, seconds=3600)
    print(f"{acknowledged} sales acknowledged, {sold} in the ledger: none lost, none doubled")
    assert 1000 <= acknowledged <= sold
