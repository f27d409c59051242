"""Ways in to devices, as chain files and the command line write them."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from hardware.serial_port import Line
from runtime.errors import ConfigError
from scenarios import scenario
from scenarios.chain import MachinePlan, Place
from scenarios.devices.drivers import DRIVERS
from scenarios.devices.ways import devices_of, parse
from scenarios.live.devices import Wires, absent, is_wired, real

FAFB = "serial:/dev/ttyUSB0?driver=fafb"


def machine(name: str, **devices: str) -> MachinePlan:
    """A machine with devices on these ways."""
    place = Place(name_en="somewhere", name_zh="")
    return MachinePlan(
        id=name, node="gw", site=name, place=place, lanes=(), devices=tuple(sorted(devices.items()))
    )


# The grammar


def test_a_way_says_port_line_driver_and_what_the_driver_is_told() -> None:
    way = parse(FAFB + "&baud=9600&lanes=A1:11,B2:22&lift=yes&bills=2000,5000")
    assert (way.kind, way.place, way.driver, way.wired) == ("serial", "/dev/ttyUSB0", "fafb", True)
    assert way.line == Line(baud=9600)
    assert way.options == {"lanes": "A1:11,B2:22", "lift": "yes", "bills": "2000,5000"}


def test_each_driver_brings_its_protocols_line() -> None:
    assert parse(FAFB).line == Line(baud=57_600)
    assert parse("serial:/dev/ttyS1").line == Line()
    assert parse("serial:/dev/ttyS1?driver=mdb&way=ascii").line == Line(baud=115_200)
    assert parse("serial:/dev/ttyS1?driver=mdb&way=ascii&baud=9600").line == Line(baud=9_600)


def test_other_ways_are_simulated_tcp_and_a_node() -> None:
    assert not parse("sim").wired
    assert (parse("tcp:10.0.0.7:4001?driver=fafb").place, parse("tcp:[::1]:99").place) == (
        "10.0.0.7:4001",
        "[::1]:99",
    )
    assert (parse("node:hk-gw-2").kind, parse("node:hk-gw-2").place) == ("node", "hk-gw-2")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "must begin with one of sim, serial:, tcp:, node:, not ''"),
        ("usb:/dev/x", "must begin with one of sim, serial:, tcp:, node:, not 'usb'"),
        ("sim:x", "must be just sim, not 'sim:x'"),
        ("sim?driver=fafb", "options must be left out, sim has none; not 'driver=fafb'"),
        ("node:", "node must be lower-case letters, digits and single dashes, not ''"),
        ("node:A b", "must be at most 300 printable ASCII characters without spaces"),
        ("serial:ttyUSB0?driver=fafb", "port must be an absolute path such as /dev/ttyUSB0, not 'ttyUSB0'"),
        ("serial:/dev/../etc/x", "port must be an absolute path"),
        ("serial:/dev/é", "must be at most 300 printable ASCII characters without spaces"),
        ("serial:/dev/x" + "y" * 300, "must be at most 300 printable ASCII characters without spaces"),
        ("serial:/dev/x?driver=vending", f"driver must be one of {', '.join(DRIVERS)}, not 'vending'"),
        ("serial:/dev/x?driver", "option must be NAME=VALUE, not 'driver'"),
        ("serial:/dev/x?", "option must be NAME=VALUE, not ''"),
        ("serial:/dev/x?baud=1200&baud=9600", "option baud must be given once"),
        ("serial:/dev/x?baud=fast", "baud must be a whole number, not 'fast'"),
        ("serial:/dev/x?baud=1", "baud must be from 110 to 4000000, not 1"),
        (
            "serial:/dev/x?speed=1",
            "option must be one of driver, baud, bits, parity, stop, flow where no driver",
        ),
        (FAFB + "&colour=red", "option must be one of lanes, lift, unit_minor, bills, coins, not 'colour'"),
        (FAFB + "&lift=up", "option lift: must be one of yes, no, not 'up'"),
        (FAFB + "&unit_minor=0", "option unit_minor: must be a whole number from 1 to 10000, not '0'"),
        (FAFB + "&lanes=A1", "option lanes: must be LANE:NUMBER,…, not 'A1'"),
        (FAFB + "&bills=" + "1," * 16 + "1", "option bills: must have at most 16 values, not 17"),
        (FAFB + "".join(f"&x{n}=1" for n in range(16)), "options must be at most 16, not 17"),
        ("tcp:host?driver=fafb", "must be tcp:HOST:PORT, not 'host'"),
        ("tcp:host:0", "port must be a whole number from 1 to 65535, not '0'"),
        ("tcp:host:99999", "port must be a whole number from 1 to 65535, not '99999'"),
        ("tcp:host:1?baud=9600", "baud must be left out, only a serial line has it"),
    ],
)
def test_a_wrong_way_is_named_with_its_rule_and_value(text: str, rule: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert str(caught.value).startswith("way ")
    assert rule in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("kind", DRIVERS)
def test_the_table_of_drivers_says_what_each_driver_says(kind: str) -> None:
    driver = DRIVERS[kind].make({})
    assert driver.kind == kind
    assert driver.serves == DRIVERS[kind].serves


# A machine's devices


def test_simulated_devices_need_not_be_named_and_one_port_is_shared() -> None:
    ways = devices_of("m-1", (("board", FAFB), ("cash", FAFB), ("keypad", "sim"), ("cashless", "sim")))
    assert list(ways) == ["board", "cash"]
    assert ways["board"] == ways["cash"]


@pytest.mark.parametrize(
    ("devices", "rule"),
    [
        ({"board": "serial:x"}, "machine m-1: device board: way serial:x: port must be an absolute path"),
        ({"oven": FAFB}, "machine m-1: device must be one of board, "),
        (
            {"keypad": FAFB},
            "machine m-1: device must be one of board, cash, cooling for driver fafb, not 'keypad'",
        ),
        (
            {"board": "serial:/dev/ttyS0"},
            "machine m-1: device board: way serial:/dev/ttyS0: must name its driver",
        ),
        ({"board": "node:gw-2"}, "machine m-1: device board: must be sim, serial: or tcp: .*, not node:gw-2"),
        (
            {"board": FAFB, "cash": FAFB + "&baud=9600"},
            "machine m-1: device cash: must be written as for board, .*: one port, one driver",
        ),
        (
            {"board": FAFB, "keypad": "sim"},
            "machine m-1: board, keypad and one of cash, cashless, code must be named .* where board is on",
        ),
    ],
)
def test_a_device_that_cannot_be_so_is_named(devices: dict[str, str], rule: str) -> None:
    with pytest.raises(ConfigError, match=rule.replace("?", r"\?")):
        devices_of("m-1", devices.items())


def test_a_port_belongs_to_one_machine() -> None:
    plans = tuple(machine(name, board=FAFB, cash=FAFB, keypad="sim") for name in ("m-1", "m-2"))
    with pytest.raises(ConfigError, match="machine m-2: /dev/ttyUSB0 must be one machine's, not also m-1's"):
        Wires(plans, lambda *_: None)


def test_a_scenario_file_names_the_ways_in(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    text = 'name = "one"\ndemand = "us-2022"\n[devices.{}]\nboard = "{}"\nkeypad = "sim"\ncash = "sim"\n'
    machines = scenario.prepare(scenario.load("us-2022")).chain.machines
    path.write_text(text.format(machines[1].id, FAFB))
    prepared = scenario.prepare(scenario.load(path))
    assert prepared.warnings[-1] == (
        f"machine {machines[1].id}: what is on wires when it runs live is simulated in a run"
    )
    assert [is_wired(plan) for plan in prepared.chain.machines] == [
        plan.id == machines[1].id for plan in machines
    ]
    path.write_text(text.format("nowhere", FAFB))
    with pytest.raises(ConfigError, match=r"one: devices: machine must be of the chain .*, not 'nowhere'"):
        scenario.prepare(scenario.load(path))
    path.write_text(text.format(machines[1].id, "serial:x"))
    with pytest.raises(ConfigError, match=r"one\.toml: machine .*: device board: way serial:x: port must be"):
        scenario.load(path)


@pytest.mark.parametrize(
    ("devices", "tenders", "customers"),
    [
        ({}, ("cash", "cashless", "code"), {"cash", "cashless"}),
        ({"board": FAFB, "cash": FAFB, "keypad": "sim"}, ("cash",), set()),
        (
            {"board": FAFB, "cash": FAFB, "cashless": "sim", "keypad": "sim"},
            ("cash", "cashless"),
            {"cashless"},
        ),
        ({"board": "sim", "cash": "sim", "keypad": "serial:/dev/x?driver=keys"}, ("cash",), set()),
    ],
)
def test_a_machine_with_wires_has_what_is_named_and_simulated_people_pay_simulated_devices(
    devices: dict[str, str], tenders: tuple[str, ...], customers: set[str]
) -> None:
    for name in ("us-2022", "hk-demo"):
        prepared = scenario.prepare(scenario.load(name), days=1)
        plan = attrs.evolve(prepared.chain.machines[0], devices=tuple(devices.items()))
        machines = (plan, *prepared.chain.machines[1:])
        live = real(attrs.evolve(prepared, chain=attrs.evolve(prepared.chain, machines=machines)))
        assert set(live.chain.machines[0].tenders) == set(tenders) & set(plan.tenders)
        assert live.chain.machines[1:] == machines[1:]
        asked = {attempt.tender for attempt in live.attempts if attempt.machine == plan.id}
        drawn = {
            tender for rates in live.machine_rates if rates.machine == plan.id for tender, _ in rates.tenders
        }
        assert asked <= customers | {"code"} if not devices else asked <= customers
        assert bool(drawn) == (bool(customers) and name == "hk-demo")
        assert absent(live.chain.machines).get(plan.id, frozenset()) >= frozenset(
            device for device, way in devices.items() if way != "sim"
        )
