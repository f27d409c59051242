"""Wires that come and go, in virtual time but for the pty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
import trio
import trio.testing

from hardware.contract.cash import CountCash, PaidOut, PayOut
from hardware.contract.motor_board import NOT_TURNED, AskTurn, MotorTurned, TurnMotor
from hardware.contract.payment import Authorise, Declined
from hardware.contract.presence import DeviceFound, DeviceLost
from hardware.driver import Driver, Tell, Watch
from hardware.ptys import open_pty
from runtime.errors import DeviceUnavailable, ProtocolError
from scenarios.devices.ways import Way
from scenarios.live.devices import Wire, Wires
from tests.scenarios.test_device_ways import machine


class Puppet:
    """A driver that does what a test says."""

    kind = "fafb"
    serves: tuple[str, ...] = ("board", "cash", "cooling")

    def __init__(self) -> None:
        self.orders: list[tuple[str, object]] = []
        self.tell: Tell = lambda device, event: None
        self.runs = 0
        self.error: Exception | None = None

    def order(self, device: str, order: object) -> None:
        self.orders.append((device, order))

    async def run(self, stream: trio.abc.Stream, tell: Tell, watch: Watch | None = None) -> None:
        self.runs += 1
        self.tell = tell
        if self.error is not None:
            raise self.error
        while await stream.receive_some():
            for device in self.serves:
                tell(device, DeviceFound(device=device))


@attrs.frozen(kw_only=True)
class PuppetWay(Way):
    """A way to a puppet over memory streams; closed until ``far`` is let in."""

    puppet: Puppet
    streams: Iterator[Any]
    opened_at: list[float] = attrs.field(factory=list)

    def make_driver(self) -> Driver:
        return self.puppet

    async def open(self) -> trio.abc.Stream:
        self.opened_at.append(trio.current_time())
        stream = next(self.streams, None)
        if stream is None:
            raise DeviceUnavailable("serial port /dev/x: must exist: no such device")
        assert isinstance(stream, trio.abc.Stream)
        return stream


def puppet_wire(
    *streams: trio.abc.Stream | None, devices: tuple[str, ...] = ("board", "cash")
) -> tuple[Wire, Puppet, PuppetWay, list[object]]:
    """A wire whose way opens to these streams in turn (None: it does not open)."""
    heard: list[object] = []
    puppet = Puppet()
    way = PuppetWay(text="puppet", kind="serial", driver="fafb", puppet=puppet, streams=iter(streams))
    return Wire("m-1", way, devices, lambda machine, event: heard.append(event)), puppet, way, heard


LOST = [DeviceLost(device="board"), DeviceLost(device="cash")]
FOUND = [DeviceFound(device="board"), DeviceFound(device="cash")]


async def run_for(wire: Wire, seconds: float, *steps: Callable[[], Any]) -> None:
    """Run a wire, and take the steps a second apart."""
    with trio.move_on_after(seconds):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wire.run)
            for step in steps:
                await trio.sleep(1)
                if (waiting := step()) is not None:
                    await waiting
            await trio.sleep_forever()


async def test_a_port_that_is_not_there_is_tried_at_growing_pauses(
    autojump_clock: trio.testing.MockClock, capsys: pytest.CaptureFixture[str]
) -> None:
    wire, _, way, heard = puppet_wire()
    began = trio.current_time()
    await run_for(wire, 120)
    assert [round(at - began, 1) for at in way.opened_at] == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 61.5, 91.5]
    assert heard == LOST
    log = capsys.readouterr().err
    assert log.count("device lost") == 2
    assert "must exist: no such device" in log


async def test_a_wire_that_breaks_is_lost_once_and_found_once(
    autojump_clock: trio.testing.MockClock, capsys: pytest.CaptureFixture[str]
) -> None:
    (ours, far), (again, far_again) = (trio.testing.memory_stream_pair() for _ in range(2))
    wire, puppet, _, heard = puppet_wire(ours, None, None, again)
    await run_for(
        wire,
        60,
        lambda: far.send_all(b"x"),
        lambda: far.send_all(b"y"),
        far.aclose,
        lambda: None,
        lambda: None,
        lambda: None,
        lambda: far_again.send_all(b"z"),
    )
    assert heard == [*FOUND, *LOST, *FOUND]
    assert wire.answering == ("board", "cash")
    assert puppet.runs == 2
    log = capsys.readouterr().err
    assert (log.count("device lost"), log.count("device back")) == (2, 2)


@pytest.mark.parametrize(
    "error",
    [
        trio.BrokenResourceError("gone"),
        ProtocolError("nonsense"),
        OSError(5, "Input/output error"),
        ExceptionGroup("several", [KeyError("a mistake")]),
    ],
)
async def test_no_error_of_a_wire_goes_further(
    error: Exception, autojump_clock: trio.testing.MockClock, capsys: pytest.CaptureFixture[str]
) -> None:
    streams = [trio.testing.memory_stream_pair()[0] for _ in range(3)]
    wire, puppet, _, heard = puppet_wire(*streams)
    puppet.error = error
    await run_for(wire, 3)
    assert puppet.runs == 3
    assert heard == LOST
    assert capsys.readouterr().err.count("device lost") == 2


async def test_an_order_that_a_driver_stumbles_over_goes_no_further(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wire, puppet, _, heard = puppet_wire()

    def stumble(device: str, order: object) -> None:
        raise KeyError(device)

    monkeypatch.setattr(puppet, "order", stumble)
    wire.order("cash", CountCash())
    assert heard == []
    assert "driver failed" in capsys.readouterr().err


async def test_what_must_not_happen_late_is_answered_while_a_device_is_away(
    autojump_clock: trio.testing.MockClock, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, far = trio.testing.memory_stream_pair()
    wire, puppet, _, heard = puppet_wire(ours)
    early, turn, late = (TurnMotor(lane="A1", turn=number) for number in (1, 2, 3))
    ask, count = AskTurn(lane="A1", turn=1), CountCash()
    wire.order("board", early)
    wire.order("board", ask)
    wire.order("cash", count)
    assert heard == [MotorTurned(lane="A1", turn=1, outcome=NOT_TURNED)]
    assert puppet.orders == [("board", ask), ("cash", count)]
    await run_for(wire, 3, lambda: far.send_all(b"x"), lambda: wire.order("board", turn), far.aclose)
    wire.order("board", turn)
    wire.order("board", late)
    wire.order("cash", Authorise(sale=5, ask=1, amount_minor=100))
    wire.order("cash", PayOut(sale=5, amount_minor=100))
    assert puppet.orders[2:] == [("board", turn), ("board", turn)]
    assert heard[-3:] == [
        MotorTurned(lane="A1", turn=3, outcome=NOT_TURNED),
        Declined(sale=5, ask=1, why="offline"),
        PaidOut(sale=5, amount_minor=0),
    ]


async def test_devices_that_the_chain_does_not_use_are_not_heard(
    autojump_clock: trio.testing.MockClock,
) -> None:
    ours, far = trio.testing.memory_stream_pair()
    wire, puppet, _, heard = puppet_wire(ours, devices=("cash",))
    counted = MotorTurned(lane="A1", turn=1, outcome=NOT_TURNED)
    await run_for(wire, 3, lambda: far.send_all(b"x"), lambda: puppet.tell("board", counted))
    assert heard == [DeviceFound(device="cash")]


async def test_a_pty_is_opened_spoken_over_lost_and_found() -> None:
    with trio.fail_after(20):
        far, path = open_pty()
        heard: list[object] = []
        news, lost = trio.Event(), trio.Event()

        def hear(machine: str, event: object) -> None:
            heard.append(event)
            (lost if isinstance(event, DeviceLost) else news).set()

        plan = machine("m-1", keypad=f"serial:{path}?driver=keys", board="sim", cash="sim")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(Wires((plan,), hear).run)
            await news.wait()
            await far.aclose()
            await lost.wait()
            nursery.cancel_scope.cancel()
    assert heard == [DeviceFound(device="keypad"), DeviceLost(device="keypad")]
