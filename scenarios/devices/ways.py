"""Ways in to a device, as a chain file and the command line write them.

    sim                                            simulated; what a device is that nobody names
    serial:/dev/ttyUSB0?driver=fafb&baud=57600     a serial port
    tcp:10.0.0.7:4001?driver=mdb                   a serial server, or whatever speaks the protocol over TCP
    node:NAME                                      a device node over ZeroMQ

Behind the question mark stand ``driver=KIND``, the line's settings (``baud bits parity stop flow``, serial
only; each driver knows its protocol's own), and what the driver itself may be told.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Collection, Iterable, Mapping

import attrs
import trio

from hardware.driver import Driver
from hardware.serial_port import Line, open_serial
from runtime.errors import ConfigError, DeviceUnavailable
from scenarios.devices.drivers import DRIVERS

SIM, SERIAL, TCP, NODE = KINDS = ("sim", "serial", "tcp", "node")
DEVICES = ("board", "keypad", "cash", "cashless", "code", "cooling", "display", "door", "power", "audit")
"""A machine's devices by the names they have in its addresses."""
PAYMENT = ("cash", "cashless", "code")
WAY_CHARACTERS_MAX = 300
OPTIONS_MAX = 16
PORT_MAX = 65_535
TCP_SECONDS_MAX = 10.0
"""How long a TCP connection may take to open."""
_LINE = tuple(field.name for field in attrs.fields(Line))
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@attrs.frozen(kw_only=True)
class Way:
    """A way in, read and checked.

    Attributes:
        text: as it was written.
        kind: "sim", "serial", "tcp" or "node".
        place: the port's path, ``host:port``, or the node's name; "" when simulated.
        driver: kind of driver, a key of ``drivers.DRIVERS``; "" when none was named.
        line: how a serial line is set, the driver's own unless the way says otherwise.
        options: what the driver is told.
    """

    text: str
    kind: str
    place: str = ""
    driver: str = ""
    line: Line = attrs.field(factory=Line)
    options: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def wired(self) -> bool:
        """Whether bytes go this way."""
        return self.kind in (SERIAL, TCP)

    def make_driver(self) -> Driver:
        """A new driver for it; raises ConfigError when the way names none, or for a wrong option."""
        if not self.driver:
            raise ConfigError(f"way {self.text}: must name its driver, such as ?driver={next(iter(DRIVERS))}")
        try:
            return DRIVERS[self.driver].make(self.options)
        except ConfigError as error:
            raise ConfigError(f"way {self.text}: {error}") from error

    async def open(self) -> trio.abc.Stream:
        """Open the stream of bytes, closed by the caller.

        Raises DeviceUnavailable when nobody is there now, ConfigError when it can never work.
        """
        if self.kind == SERIAL:
            return await open_serial(self.place, self.line)
        if self.kind == TCP:
            return await _open_tcp(self.place)
        raise ConfigError(f"way {self.text}: must be a serial port or a TCP address, to have bytes")


def parse(text: str) -> Way:
    """Read a way in; raises ConfigError naming the way, the rule and the value.

    The driver's own options are checked too, by making one.
    """
    where = f"way {text if len(text) <= 80 else text[:79] + '…'}"
    if len(text) > WAY_CHARACTERS_MAX or not text.isascii() or not text.isprintable() or " " in text:
        rule = f"be at most {WAY_CHARACTERS_MAX} printable ASCII characters without spaces"
        raise ConfigError(f"{where}: must {rule}")
    before, _, behind = text.partition("?")
    kind, _, place = before.partition(":")
    if kind not in KINDS:
        raise ConfigError(f"{where}: must begin with one of sim, serial:, tcp:, node:, not {kind!r}")
    if kind in (SIM, NODE) and "?" in text:
        raise ConfigError(f"{where}: options must be left out, {kind} has none; not {behind!r}")
    if kind == SIM and text != SIM:
        raise ConfigError(f"{where}: must be just sim, not {text!r}")
    if kind == NODE and not _NAME.fullmatch(place):
        raise ConfigError(
            f"{where}: node must be lower-case letters, digits and single dashes, not {place!r}"
        )
    if kind == SERIAL and (not place.startswith("/") or "//" in place or "/.." in place):
        raise ConfigError(f"{where}: port must be an absolute path such as /dev/ttyUSB0, not {place!r}")
    if kind == TCP:
        _host_and_port(place, where)
    options = _options(behind, where) if "?" in text else {}
    driver = options.pop("driver", "")
    if driver and driver not in DRIVERS:
        raise ConfigError(f"{where}: driver must be one of {', '.join(DRIVERS)}, not {driver!r}")
    line = {name: options.pop(name) for name in _LINE if name in options}
    if line and kind != SERIAL:
        raise ConfigError(f"{where}: {next(iter(line))} must be left out, only a serial line has it")
    if options and not driver:
        rule = ", ".join(("driver", *_LINE))
        raise ConfigError(
            f"{where}: option must be one of {rule} where no driver is named, not {next(iter(options))!r}"
        )
    try:
        set_so = (DRIVERS[driver].line_for(options) if driver else Line()).changed(line)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error
    way = Way(text=text, kind=kind, place=place, driver=driver, line=set_so, options=options)
    if driver:
        way.make_driver()
    return way


def devices_of(machine: str, devices: Collection[tuple[str, str]]) -> dict[str, Way]:
    """The ways of a machine's devices that are not simulated, by device.

    A machine with wires is real: what it has is what is named. Else a simulated reader would pay for real
    goods, or real coins for simulated ones.

    Args:
        machine: its id, for error messages.
        devices: (device, way) as the chain has them.

    Raises:
        ConfigError: an unknown device, a bad way, a driver that cannot serve the device, or two ways that use
            one port differently; a machine with wires without board, keypad, or anything to pay with.
    """
    ways: dict[str, Way] = {}
    by_place: dict[str, tuple[str, Way]] = {}
    for device, text in devices:
        where = f"machine {machine}: device {device}"
        try:
            way = parse(text)
        except ConfigError as error:
            raise ConfigError(f"{where}: {error}") from error
        if device not in DEVICES:
            raise ConfigError(
                f"machine {machine}: device must be one of {', '.join(DEVICES)}, not {device!r}"
            )
        if way.kind == NODE:
            raise ConfigError(
                f"{where}: must be sim, serial: or tcp: (device nodes are not carried yet), not {text}"
            )
        if not way.wired:
            continue
        if not way.driver:
            raise ConfigError(f"{where}: way {text}: must name its driver, one of {', '.join(DRIVERS)}")
        if device not in DRIVERS[way.driver].serves:
            rule = f"one of {', '.join(DRIVERS[way.driver].serves)} for driver {way.driver}"
            raise ConfigError(f"machine {machine}: device must be {rule}, not {device!r}")
        other, same = by_place.setdefault(way.place, (device, way))
        if attrs.evolve(way, text="") != attrs.evolve(same, text=""):
            raise ConfigError(
                f"{where}: must be written as for {other}, {same.text}, not {text}: one port, one driver"
            )
        ways[device] = way
    named = {device for device, _ in devices}
    if ways and not ({"board", "keypad"} <= named and named & set(PAYMENT)):
        rule = f"board, keypad and one of {', '.join(PAYMENT)} must be named ('sim' is a way, too)"
        raise ConfigError(
            f"machine {machine}: {rule} where {next(iter(ways))} is on a wire, not {sorted(named)}"
        )
    return ways


def pretended(devices: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The devices that are said to be simulated."""
    return frozenset(device for device, text in devices if text == SIM)


def _options(text: str, where: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for part in text.split("&"):
        name, equals, value = part.partition("=")
        if not (name and equals and value):
            raise ConfigError(f"{where}: option must be NAME=VALUE, not {part!r}")
        if name in options:
            raise ConfigError(f"{where}: option {name} must be given once")
        options[name] = value
    if len(options) > OPTIONS_MAX:
        raise ConfigError(f"{where}: options must be at most {OPTIONS_MAX}, not {len(options)}")
    return options


def _host_and_port(place: str, where: str) -> tuple[str, int]:
    host, colon, port = place.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (colon and host):
        raise ConfigError(f"{where}: must be tcp:HOST:PORT, not {place!r}")
    if not (port.isdigit() and len(port) <= 5 and 1 <= int(port) <= PORT_MAX):
        raise ConfigError(f"{where}: port must be a whole number from 1 to {PORT_MAX}, not {port!r}")
    return host, int(port)


async def _open_tcp(place: str) -> trio.abc.Stream:
    host, port = _host_and_port(place, f"way tcp:{place}")
    try:
        with trio.fail_after(TCP_SECONDS_MAX):
            return await trio.open_tcp_stream(host, port)
    except trio.TooSlowError:
        raise DeviceUnavailable(f"tcp {place}: must answer within {TCP_SECONDS_MAX:g} s") from None
    except OSError as error:
        why = error.strerror or errno.errorcode.get(error.errno or 0, "") or str(error)
        raise DeviceUnavailable(f"tcp {place}: must accept a connection: {why}") from error
