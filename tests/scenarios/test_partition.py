"""Three days without the office: every machine sells on, and afterwards the office has it all."""

from __future__ import annotations

import resource
import time

import pytest

from scenarios import scenario
from scenarios.soak.partition import PartitionResult, partition

HOURS = 72
MEMORY_KIB_MAX = 6_000_000


def cut_off(machines: int, customers_a_day: float, hours: int = HOURS) -> PartitionResult:
    """The demonstration chain with so many machines, cut off from its office."""
    changes = (
        f"machines={machines}",
        f"customers_per_machine_day={customers_a_day}",
        f"stores={max(1, machines // 200)}",
        "lanes=8",
        "temperature=false",
    )
    return partition(scenario.prepare(scenario.load("hk-demo"), changes=changes, days=4), hours)


def test_three_days_without_the_office_lose_nothing() -> None:
    result = cut_off(machines=40, customers_a_day=10)
    assert result.violations == ()
    assert result.backlog > 5_000
    assert 0 <= result.drained_seconds < 60


@pytest.mark.soak
def test_a_thousand_machines_without_their_office_for_three_days_lose_nothing() -> None:
    began = time.perf_counter()
    result = cut_off(machines=1_000, customers_a_day=40)
    memory_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{result}, {time.perf_counter() - began:.0f} s, {memory_kib // 1024} MiB")
    assert result.violations == ()
    assert result.backlog > 200_000
    assert 0 <= result.drained_seconds < 600
    assert memory_kib < MEMORY_KIB_MAX
