"""``hawker device`` as a person meets it: a peripheral played in one process, asked and watched by others."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from scenarios.devices.drivers import DRIVERS, PERIPHERALS
from tests.console.test_cli import (
    HAWKER,
    SECONDS_MAX,
    Here,
    complaint,
    document,
    environment,
    hawker,
    here,
    home,
)

__all__ = ["here", "home"]


def start(home: Path, *arguments: str) -> subprocess.Popen[str]:
    """Begin a command."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*HAWKER, *arguments],
        cwd=home,
        env=environment(home),
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
    )


def of(stream: IO[str] | None) -> IO[str]:
    """A pipe that is there."""
    assert stream is not None
    return stream


@contextmanager
def played(home: Path, kind: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A peripheral played by a process of its own, and the path of its pty."""
    with start(home, "device", "sim", kind, "--pty") as process:
        try:
            path = of(process.stdout).readline().strip()
            assert path.startswith("/dev/"), of(process.stderr).read()
            yield process, path
        finally:
            if process.poll() is None:
                process.kill()


@pytest.mark.parametrize(
    ("peripheral", "options", "devices"),
    [
        ("fafb", "driver=fafb", {"board", "cash", "cooling"}),
        ("adh814", "driver=adh814", {"board", "cooling"}),
        ("easivend", "driver=easivend", {"board"}),
        ("mdb", "driver=mdb&way=ascii", {"cash", "cashless"}),
        ("mdb-hex", "driver=mdb&way=hex", {"cash", "cashless"}),
        ("dex", "driver=dex", {"audit"}),
    ],
)
def test_a_probe_says_which_devices_answer(
    here: Here, home: Path, peripheral: str, options: str, devices: set[str]
) -> None:
    with played(home, peripheral) as (_, path):
        (found,) = document(here("device", "probe", f"{path}?{options}", "--json"))
    assert (found["answered"], set(found["devices"])) == (True, devices)
    assert found["driver"] == DRIVERS[found["driver"]].make({}).kind
    assert found["way"] == f"serial:{path}?{options}"


def test_a_probe_of_a_port_tries_driver_after_driver_until_one_is_answered(here: Here, home: Path) -> None:
    with played(home, "adh814") as (_, path):
        found = document(here("device", "probe", path, "--json"))
    assert [(entry["driver"], entry["answered"]) for entry in found] == [("fafb", False), ("adh814", True)]
    assert not any("Turn" in entry["text"] for entry in found)


def test_nobody_there_is_said_and_the_exit_code_is_one(here: Here, home: Path) -> None:
    with played(home, "keys") as (_, path):
        done = here("device", "probe", f"serial:{path}?driver=adh814")
    assert done.returncode == 1
    assert re.search(r"adh814 +- +nothing was heard", done.stdout)


def test_a_monitor_shows_frames_and_events_as_they_come(here: Here, home: Path) -> None:
    with played(home, "keys") as (process, path):
        with start(home, "device", "monitor", f"serial:{path}?driver=keys") as watching:
            lines = of(watching.stdout)
            assert re.fullmatch(r" +0\.\d{3} = keypad:  device\.found device='keypad'\n", lines.readline())
            of(process.stdin).write("press A3\n")
            of(process.stdin).flush()
            assert re.fullmatch(r" +\d+\.\d{3} < 41 33 0D  chosen A3\n", lines.readline())
            assert "= keypad:  keypad.lanes_chosen customer=0 lanes=('A3',)" in lines.readline()
            watching.send_signal(signal.SIGINT)
            assert watching.communicate(timeout=SECONDS_MAX) == ("", "")
        assert watching.returncode == 0


def test_a_monitors_document_is_a_list_of_what_it_saw(here: Here, home: Path) -> None:
    with played(home, "fafb") as (_, path):
        seen = document(here("device", "monitor", f"serial:{path}?driver=fafb", "--for", "0.6", "--json"))
        taken = complaint(here("device", "monitor", "/dev/ttyNONE?driver=fafb", "--json"))
    assert {"at_seconds", "kind", "device", "hex", "text"} == set(seen[0])
    assert {"sent", "received", "event"} == {entry["kind"] for entry in seen}
    assert any(entry["hex"] == "fa fb 41 00 40" and "Poll" in entry["text"] for entry in seen)
    assert [entry["at_seconds"] for entry in seen] == sorted(entry["at_seconds"] for entry in seen)
    assert taken == "hawker: serial port /dev/ttyNONE: must exist: no such device"


def test_a_port_in_use_is_named(here: Here, home: Path) -> None:
    with played(home, "keys") as (_, path), start(home, "device", "monitor", f"{path}?driver=keys") as first:
        of(first.stdout).readline()
        line = complaint(here("device", "probe", f"{path}?driver=keys"))
        first.kill()
    assert line == f"hawker: serial port {path}: must not be in use by another program"


def test_a_peripheral_that_is_unplugged_ends_the_monitor_with_one_line(home: Path) -> None:
    with (
        played(home, "keys") as (process, path),
        start(home, "device", "monitor", f"{path}?driver=keys") as watching,
    ):
        of(watching.stdout).readline()
        process.kill()
        _, said = watching.communicate(timeout=SECONDS_MAX)
    assert watching.returncode == 2
    assert re.fullmatch(rf"hawker: way serial:{path}\?driver=keys: must stay open: .*\n", said)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_peripheral_cleanly_and_takes_its_pty_away(
    home: Path, number: signal.Signals
) -> None:
    with played(home, "adh814") as (process, path):
        process.send_signal(number)
        assert process.communicate(timeout=SECONDS_MAX) == ("", "")
    assert process.returncode == 0
    assert not Path(path).exists()


def test_a_hand_that_does_what_cannot_be_is_told_what_can(home: Path) -> None:
    with played(home, "fafb") as (process, _):
        of(process.stdin).write("coin 100\nhug\ncoin x\nlever 5\njam 3\n")
        of(process.stdin).flush()
        lines = [of(process.stderr).readline() for _ in range(3)]
    assert "a hand at fafb must do one of: coin MINOR, bill MINOR, lever, jam NUMBER" in lines[0]
    assert lines[0].endswith("not 'hug'\n")
    assert lines[1] == "hawker: coin: must be a whole number from 0 to 10000000, not 'x'\n"
    assert lines[2] == "hawker: lever: must be 'lever', not 'lever 5'\n"


@pytest.mark.parametrize("kind", PERIPHERALS)
def test_every_peripheral_can_be_played_for_a_while(home: Path, kind: str) -> None:
    done = hawker(home, "device", "sim", kind, "--pty", "--for", "0.1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("/dev/")


def test_ports_are_listed_with_what_a_chain_uses_them_for(here: Here, home: Path) -> None:
    plain = document(here("device", "list", "--json"))
    assert all(set(port) == {"port", "about", "serial_number", "used_for"} for port in plain)
    (home / "one.toml").write_text(
        'name = "one"\ndemand = "hk-demo"\nfirst = 2026-01-05\n[settings]\nmachines = 1\nstores = 0\n'
        '[devices.hk-0001]\nboard = "serial:/dev/ttyNONE?driver=fafb"\n'
        'keypad = "sim"\ncash = "sim"\n'
    )
    named = document(here("device", "list", "one.toml", "--json"))
    assert named == [
        *plain,
        {
            "port": "/dev/ttyNONE",
            "about": "not here",
            "serial_number": "",
            "used_for": [{"machine": "hk-0001", "device": "board", "driver": "fafb"}],
        },
    ]
    assert re.search(
        r"/dev/ttyNONE +not here +- +hk-0001 board fafb", here("device", "list", "one.toml").stdout
    )


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (("sim", "toaster", "--pty"), "peripheral must be one of .*fafb.*, not 'toaster'"),
        (("sim", "fafb"), "device sim fafb: must be given --pty"),
        (("probe", "sim"), "way sim: must be a port's path, serial:PATH or tcp:HOST:PORT"),
        (("probe", "COM1"), "way COM1: must begin with one of sim, serial:, tcp:, node:, not 'COM1'"),
        (("monitor", "/dev/ttyNONE"), "way serial:/dev/ttyNONE: must name its driver, such as .driver=fafb"),
        (("monitor", "tcp:127.0.0.1:1?driver=fafb"), "tcp 127.0.0.1:1: must accept a connection: .*"),
        (("monitor", "/dev/ttyNONE?driver=fafb", "--for", "-1"), "--for: must be a number from 0 to .*"),
        (("list", "nothing"), "scenario must be one of .*, not 'nothing'"),
    ],
)
def test_a_mistake_is_one_line(here: Here, arguments: tuple[str, ...], rule: str) -> None:
    assert re.fullmatch(f"hawker: {rule}", complaint(here("device", *arguments)))


def test_a_chain_with_wires_runs_at_lifes_speed_only(here: Here, home: Path) -> None:
    (home / "one.toml").write_text(
        'name = "one"\ndemand = "hk-demo"\nfirst = 2026-01-05\n[settings]\nmachines = 1\nstores = 0\n'
        '[devices.hk-0001]\nboard = "serial:/dev/ttyNONE?driver=fafb"\n'
        'keypad = "sim"\ncash = "sim"\n'
    )
    line = complaint(here("up", "one.toml", "--port", "0", "--speed", "30", "--data", str(home / "data")))
    assert line == "hawker: --speed: must be 1 for a chain with devices on wires, not 30"
