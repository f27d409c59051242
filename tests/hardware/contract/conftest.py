"""Rigs by contract: each sentence runs over every way in ``rigs.WAYS`` that can do what it needs.

Over ptys too: a real pty with a clock that stands while bytes are on their way (``wires.py``). A few
sentences run over ptys on a wall clock as well, most of them with ``-m soak`` only.

``pytest tests/hardware/contract -s --port /dev/ttyUSB0 --driver mdb`` puts a real device on the bench; a
person at it does what the terminal says.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.hardware.contract import ways_hardware
from tests.hardware.contract.rig import WALL_CLOCK, Rig, Way, on_either_clock
from tests.hardware.contract.rigs import WAYS


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hardware", "a real device on the bench")
    group.addoption("--port", help="its serial port, e.g. /dev/ttyUSB0")
    group.addoption("--driver", help="kind of its driver, e.g. mdb")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(ability): leaves out devices on the bench that lack it")
    config.addinivalue_line("markers", "without(ability): what devices that lack it answer instead")
    config.addinivalue_line("markers", "on_a_wall_clock_too: also over a pty in real time")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each contract's fixture all the ways that can do what the sentence needs."""
    needs = {mark.args[0] for mark in metafunc.definition.iter_markers("needs")}
    lacking = {mark.args[0] for mark in metafunc.definition.iter_markers("without")}
    in_real_time = metafunc.definition.get_closest_marker("on_a_wall_clock_too") is not None
    port = metafunc.config.getoption("--port", None)
    table = WAYS if port is None else ways_hardware.ways(port, metafunc.config.getoption("--driver") or "")
    for contract in WAYS:
        if contract in metafunc.fixturenames:
            params = [
                pytest.param(way, id=way.name, marks=[pytest.mark.soak] if way.takes_its_time else [])
                for way in table.get(contract, ())
                if not needs & (way.lacks | way.beyond)
                and lacking <= way.lacks
                and (way.form != WALL_CLOCK or in_real_time)
            ]
            metafunc.parametrize(contract, params, indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the sentences on a clock that their rig chooses."""
    for item in items:
        if Path(__file__).parent in item.path.parents and set(WAYS) & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.trio(run=on_either_clock), append=False)


async def _on_the_bench(request: pytest.FixtureRequest) -> AsyncIterator[Rig[Any]]:
    way: Way[Any] = request.param
    async with way.open() as rig:
        yield rig


cash = pytest.fixture(_on_the_bench, name="cash")
cashless = pytest.fixture(_on_the_bench, name="cashless")
board = pytest.fixture(_on_the_bench, name="board")
pricing = pytest.fixture(_on_the_bench, name="pricing")
audit = pytest.fixture(_on_the_bench, name="audit")
cooling = pytest.fixture(_on_the_bench, name="cooling")
display = pytest.fixture(_on_the_bench, name="display")
power = pytest.fixture(_on_the_bench, name="power")
keypad = pytest.fixture(_on_the_bench, name="keypad")
presence = pytest.fixture(_on_the_bench, name="presence")
door = pytest.fixture(_on_the_bench, name="door")
printer = pytest.fixture(_on_the_bench, name="printer")
drawer = pytest.fixture(_on_the_bench, name="drawer")
till_keys = pytest.fixture(_on_the_bench, name="till_keys")
scanner = pytest.fixture(_on_the_bench, name="scanner")
