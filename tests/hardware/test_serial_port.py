"""Serial ports over ptys: the clock is real, so everything stands under ``fail_after``."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
import trio.testing

from hardware.ptys import PtyStream, open_pty
from hardware.serial_port import Line, SerialStream, open_serial
from runtime.errors import ConfigError, DeviceUnavailable

SECONDS_MAX = 20


@asynccontextmanager
async def pair(line: Line | None = None) -> AsyncIterator[tuple[SerialStream, PtyStream]]:
    """A serial port and what is at its far end."""
    with trio.fail_after(SECONDS_MAX):
        far, path = open_pty()
        async with far, await open_serial(path, line) as port:
            yield port, far


async def exactly(stream: trio.abc.ReceiveStream, size: int) -> bytes:
    """So many bytes of a stream."""
    got = b""
    while len(got) < size:
        got += await stream.receive_some()
    return got


async def test_every_byte_goes_through_both_ways_as_it_is() -> None:
    every = bytes(range(256)) * 4
    async with pair() as (port, far):
        await port.send_all(every)
        assert await exactly(far, len(every)) == every
        await far.send_all(every)
        assert await exactly(port, len(every)) == every


async def test_more_than_the_system_takes_at_once_is_sent_as_it_is_read() -> None:
    much = os.urandom(200_000)
    async with pair() as (port, far), trio.open_nursery() as nursery:
        nursery.start_soon(port.send_all, much)
        assert await exactly(far, len(much)) == much


async def test_receiving_waits_and_a_cancelled_wait_loses_nothing() -> None:
    async with pair() as (port, far):
        with trio.move_on_after(0.01) as wait:
            await port.receive_some()
        assert wait.cancelled_caught
        await far.send_all(b"late")
        assert await exactly(port, 4) == b"late"


async def test_at_most_the_bytes_asked_for_are_received() -> None:
    async with pair() as (port, far):
        await far.send_all(b"abc")
        assert await port.receive_some(2) == b"ab"
        assert await port.receive_some(2) == b"c"


async def test_a_second_receiver_is_told_that_the_port_is_busy() -> None:
    async with pair() as (port, _), trio.open_nursery() as nursery:
        nursery.start_soon(port.receive_some)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(trio.BusyResourceError, match="another task"):
            await port.receive_some()
        nursery.cancel_scope.cancel()


async def test_closing_wakes_the_receiver_and_nothing_works_after_it() -> None:
    async with pair() as (port, _):
        async with trio.open_nursery() as nursery:

            async def receive() -> None:
                with pytest.raises(trio.ClosedResourceError):
                    await port.receive_some()

            nursery.start_soon(receive)
            await trio.testing.wait_all_tasks_blocked()
            await port.aclose()
        with pytest.raises(trio.ClosedResourceError):
            await port.send_all(b"x")
        with pytest.raises(trio.ClosedResourceError, match="is closed"):
            await port.drain()
        with pytest.raises(trio.ClosedResourceError, match="is closed"):
            port.forget_received()
        await port.aclose()


async def test_a_port_that_goes_away_breaks_the_stream() -> None:
    async with pair() as (port, far):
        await far.aclose()
        with pytest.raises(trio.BrokenResourceError):
            await port.receive_some()
        with pytest.raises(trio.BrokenResourceError):
            await port.send_all(b"x")


async def test_the_far_end_outlives_the_programs_that_come_and_go() -> None:
    async with pair() as (port, far):
        await port.aclose()
        async with await open_serial(far.path) as again:
            await again.send_all(b"again")
            assert await exactly(far, 5) == b"again"


async def test_what_nobody_reads_is_lost_and_the_sender_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.ptys.OVERRUN_SECONDS", 0.01)
    async with pair() as (port, far):
        await far.send_all(b"old" * 20_000)
        await far.send_all(b"new")
        assert await exactly(port, 3) == b"new"


async def test_what_arrived_can_be_forgotten() -> None:
    async with pair() as (port, far):
        await far.send_all(b"stale")
        port.forget_received()
        await far.send_all(b"fresh")
        assert await exactly(port, 5) == b"fresh"


async def test_a_port_is_ours_alone() -> None:
    async with pair() as (port, _):
        with pytest.raises(DeviceUnavailable, match=f"{port.path}: must not be in use by another program"):
            await open_serial(port.path)


async def test_a_port_that_is_not_there_is_named() -> None:
    with pytest.raises(DeviceUnavailable, match="/dev/ttyNONE: must exist: no such device"):
        await open_serial("/dev/ttyNONE")


async def test_a_file_is_not_a_port(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DeviceUnavailable, match="file: must be a serial port"):
        await open_serial(str(tmp_path / "file"))


async def test_a_pty_has_no_line_whatever_was_asked() -> None:
    async with pair(Line(bits=7, parity="even", stop=2, flow="hardware")) as (port, far):
        assert port.is_pty
        await port.send_all(b"\xff\x00")
        assert await exactly(far, 2) == b"\xff\x00"
        await port.drain()
        for parity in (port.set_parity("mark"), port.mark_parity_errors()):
            with pytest.raises(DeviceUnavailable, match="must be a serial line for parity, not a pty"):
                await parity


async def test_an_unknown_parity_is_refused() -> None:
    async with pair() as (port, _):
        with pytest.raises(
            ConfigError, match="parity must be one of none, even, odd, mark, space, not 'maybe'"
        ):
            await port.set_parity("maybe")


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"baud": "fast"}, "baud must be a whole number, not 'fast'"),
        ({"baud": "12"}, "baud must be from 110 to 4000000, not 12"),
        ({"baud": "9" * 5000}, "baud must be a whole number"),
        ({"bits": "9"}, "bits must be one of 7, 8, not 9"),
        ({"stop": "0"}, "stop must be one of 1, 2, not 0"),
        ({"parity": "E"}, "parity must be one of none, even, odd, mark, space, not 'E'"),
        ({"flow": "yes"}, "flow must be one of none, hardware, software, not 'yes'"),
        ({"speed": "9600"}, "option must be one of baud, bits, parity, stop, flow, not 'speed'"),
    ],
)
def test_a_wrong_option_is_named_with_its_rule_and_value(options: dict[str, str], rule: str) -> None:
    with pytest.raises(ConfigError, match=rule):
        Line().changed(options)


def test_options_are_laid_over_a_line() -> None:
    assert Line(baud=38400).changed({"parity": "even", "stop": "2"}) == Line(
        baud=38400, parity="even", stop=2
    )
