"""What ``hawker device`` does: list ports, ask who is there, watch a wire, play a peripheral.

None of it turns a motor, takes money or resets an audit: drivers are run without orders, but for the harmless
ones that make a device speak which waits to be asked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import attrs
import trio

from hardware.contract.audit import AuditFailed, AuditRead
from hardware.contract.presence import DeviceFound, DeviceLost
from hardware.driver import Driver, Frame
from hardware.ptys import open_pty
from hardware.serial_port import ports_here
from runtime.errors import ConfigError, DeviceUnavailable, ProtocolError
from runtime.message import wire_of
from scenarios.chain import MachinePlan
from scenarios.devices.drivers import DRIVERS, PERIPHERALS
from scenarios.devices.hands import obey
from scenarios.devices.ways import SERIAL, TCP, Way, devices_of, parse

AGAIN_SECONDS = 0.3
"""Pause before a driver that was not understood begins again."""
NEIGHBOUR_SECONDS = 1.0
"""How long a probe waits for more devices behind a wire on which one has answered."""


@attrs.frozen(kw_only=True)
class Port:
    """A serial port of this computer.

    Attributes:
        path: e.g. "/dev/ttyUSB0".
        about: what the system says of it.
        serial_number: of a USB adapter; "" when unknown.
        used_for: (machine, device, driver) that the chain gives it to.
    """

    path: str
    about: str
    serial_number: str = ""
    used_for: tuple[tuple[str, str, str], ...] = ()

    def as_json(self) -> dict[str, object]:
        """For the JSON document."""
        uses = [
            {"machine": machine, "device": device, "driver": kind} for machine, device, kind in self.used_for
        ]
        return {"port": self.path, "about": self.about, "serial_number": self.serial_number, "used_for": uses}


@attrs.frozen(kw_only=True)
class Heard:
    """What came of trying one driver on a way.

    Attributes:
        driver: kind of driver.
        way: the way as it was tried.
        devices: which devices answered.
        text: what was heard first, or what went wrong.
    """

    driver: str
    way: str
    devices: tuple[str, ...]
    text: str

    @property
    def answered(self) -> bool:
        """Whether a device was there."""
        return bool(self.devices)

    def as_json(self) -> dict[str, object]:
        """For the JSON document."""
        return {
            "driver": self.driver,
            "way": self.way,
            "answered": self.answered,
            "devices": list(self.devices),
            "text": self.text,
        }


@attrs.frozen(kw_only=True)
class Seen:
    """One thing a monitor saw.

    Attributes:
        at_seconds: since the monitor began.
        kind: "sent", "received", or "event" for what a driver made of it.
        device: whose event; "" for bytes.
        raw: the bytes; b"" for an event.
        text: what it means.
    """

    at_seconds: float
    kind: str
    device: str = ""
    raw: bytes = b""
    text: str

    def as_json(self) -> dict[str, object]:
        """For the JSON document."""
        return {
            "at_seconds": round(self.at_seconds, 6),
            "kind": self.kind,
            "device": self.device,
            "hex": self.raw.hex(" "),
            "text": self.text,
        }


def list_ports(machines: Iterable[MachinePlan] = ()) -> list[Port]:
    """This computer's serial ports, and what else the machines name: ptys, ports that are not here now."""
    used: dict[str, list[tuple[str, str, str]]] = {}
    for plan in machines:
        for device, way in devices_of(plan.id, plan.devices).items():
            if way.kind == SERIAL:
                used.setdefault(way.place, []).append((plan.id, device, way.driver))
    here = {
        path: Port(path=path, about=about, serial_number=number, used_for=tuple(used.pop(path, ())))
        for path, about, number in ports_here()
    }
    others = [
        Port(path=path, about="not listed" if Path(path).exists() else "not here", used_for=tuple(uses))
        for path, uses in sorted(used.items())
    ]
    return [*here.values(), *others]


def read_way(text: str) -> Way:
    """A way in, or just a port's path; raises ConfigError, also for a way without bytes."""
    way = parse(f"{SERIAL}:{text}" if text.startswith("/") else text)
    if way.kind not in (SERIAL, TCP):
        raise ConfigError(f"way {text}: must be a port's path, serial:PATH or tcp:HOST:PORT")
    return way


async def probe(way: Way, progress: Callable[[str], None] = lambda text: None) -> list[Heard]:
    """Ask who is there: the way's own driver, or all of them in turn, those that only listen first.

    Raises ConfigError or DeviceUnavailable when the way cannot be opened.
    """
    ways = [way] if way.driver else _candidates(way)
    heard = []
    for each in ways:
        progress(each.text)
        found = await _try(each)
        heard.append(found)
        if found.answered:
            break
    return heard


def _candidates(way: Way) -> list[Way]:
    """The way with every driver that can go it, set as its protocol is unless the way says otherwise."""
    before, _, behind = way.text.partition("?")
    written = [part for part in behind.split("&") if part]
    names = {part.partition("=")[0] for part in written}
    ways = []
    for kind, entry in DRIVERS.items():
        for options in entry.tried_with:
            asked = [part for part in options.split("&") if part and part.partition("=")[0] not in names]
            ways.append(parse(f"{before}?{'&'.join([f'driver={kind}', *asked, *written])}"))
    return ways


async def _try(way: Way) -> Heard:
    devices: list[str] = []
    texts: list[str] = []
    answered = trio.Event()
    driver = way.make_driver()

    def tell(device: str, event: object) -> None:
        if isinstance(event, DeviceLost | AuditFailed):
            return
        if device not in devices:
            devices.append(device)
        if isinstance(event, DeviceFound | AuditRead):
            answered.set()

    def watch(frame: Frame) -> None:
        if not frame.sent:
            texts.append(frame.text)

    async with await way.open() as stream:
        for device, order in DRIVERS[way.driver].asked:
            driver.order(device, order)
        with trio.move_on_after(DRIVERS[way.driver].probe_seconds):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_run_again, driver, stream, tell, watch)
                await answered.wait()
                await trio.sleep(NEIGHBOUR_SECONDS)
                nursery.cancel_scope.cancel()
    understood = [text for text in texts if not text.startswith("?")]
    silence = texts[0] if texts else "nothing was heard"
    return Heard(
        driver=way.driver,
        way=way.text,
        devices=tuple(devices),
        text=understood[0] if understood else silence,
    )


async def _run_again(
    driver: Driver,
    stream: trio.abc.Stream,
    tell: Callable[[str, object], None],
    watch: Callable[[Frame], None],
) -> None:
    """Run a driver; what is left of another driver's bytes may spoil its first words, so it begins again."""
    while True:
        try:
            await driver.run(stream, tell, watch)
        except (DeviceUnavailable, ProtocolError) as error:
            watch(Frame(sent=False, raw=b"", text=f"? {error}"))
            await trio.sleep(AGAIN_SECONDS)
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            watch(Frame(sent=False, raw=b"", text=f"? the wire broke: {error}"))
            return


async def monitor(way: Way, seen: Callable[[Seen], None], seconds: float | None = None) -> None:
    """Run the way's driver and show everything that passes.

    Args:
        way: must name its driver.
        seen: called with each frame and event.
        seconds: how long; None is until cancelled.

    Raises:
        ConfigError: the way names no driver, or cannot be.
        DeviceUnavailable: the wire cannot be opened, or broke.
    """
    driver = way.make_driver()

    def tell(device: str, event: object) -> None:
        text = f"{wire_of(type(event)).name} {_fields(event)}".rstrip()
        seen(Seen(at_seconds=trio.current_time() - began, kind="event", device=device, text=text))

    def watch(frame: Frame) -> None:
        kind = "sent" if frame.sent else "received"
        seen(Seen(at_seconds=trio.current_time() - began, kind=kind, raw=frame.raw, text=frame.text))

    async with await way.open() as stream:
        began = trio.current_time()
        with trio.move_on_after(math.inf if seconds is None else seconds):
            try:
                await driver.run(stream, tell, watch)
            except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                raise DeviceUnavailable(f"way {way.text}: must stay open: {error}") from error


def _fields(event: Any) -> str:
    """An event's fields as ``name=value``, shortened."""
    pairs = ((field.name, getattr(event, field.name)) for field in attrs.fields(type(event)))
    return " ".join(
        f"{name}={str(value)[:60]!r}" if isinstance(value, str) else f"{name}={value}"
        for name, value in pairs
    )


async def play(
    kind: str,
    ready: Callable[[str], None],
    *,
    seconds: float | None = None,
    hands: int | None = None,
    complain: Callable[[str], None] = lambda text: None,
) -> None:
    """Serve a simulated peripheral on a new pty.

    Args:
        kind: a key of ``drivers.PERIPHERALS``.
        ready: called with the pty's path.
        seconds: how long; None is until cancelled.
        hands: file descriptor to read what hands do from, see ``hands.HANDS``.
        complain: takes one line for each that hands could not do.
    """
    if kind not in PERIPHERALS:
        raise ConfigError(f"peripheral must be one of {', '.join(PERIPHERALS)}, not {kind!r}")
    peripheral = PERIPHERALS[kind]()
    stream, path = open_pty()
    async with stream, trio.open_nursery() as nursery:
        nursery.start_soon(peripheral.serve, stream)
        if hands is not None:
            nursery.start_soon(obey, peripheral, hands, complain)
        ready(path)
        await trio.sleep(math.inf if seconds is None else seconds)
        nursery.cancel_scope.cancel()
