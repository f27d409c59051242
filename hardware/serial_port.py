"""The only door to pyserial: a serial port as a trio stream.

A serial line has no end of file. A port that is pulled out breaks the stream, so ``receive_some`` never
returns ``b""``: it raises trio.BrokenResourceError. A pty has no line: it carries bytes as they are, at no
particular baud, and without parity.
"""

from __future__ import annotations

import errno
import os
import termios
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import serial
import trio
from serial.tools import list_ports

from runtime.errors import ConfigError, DeviceUnavailable

BAUD_MIN, BAUD_MAX = 110, 4_000_000
RECEIVE_BYTES = 4096
PARITIES = {
    "none": serial.PARITY_NONE,
    "even": serial.PARITY_EVEN,
    "odd": serial.PARITY_ODD,
    "mark": serial.PARITY_MARK,
    "space": serial.PARITY_SPACE,
}
FLOWS = ("none", "hardware", "software")
_PTY_MAJORS = range(136, 144)  # Linux, Documentation/admin-guide/devices.txt: Unix98 PTY slaves
_STICKY = 0o10000000000  # CMSPAR of Linux's asm-generic/termbits.h; Python's termios does not name it
_OnPort = Callable[[int], None]


def _one_of(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    allowed = {"bits": (7, 8), "parity": tuple(PARITIES), "stop": (1, 2), "flow": FLOWS}[attribute.name]
    if value not in allowed:
        choices = ", ".join(str(choice) for choice in allowed)
        raise ConfigError(f"serial line: {attribute.name} must be one of {choices}, not {value!r}")


def _baud(_: object, attribute: attrs.Attribute[int], value: int) -> None:
    if not BAUD_MIN <= value <= BAUD_MAX:
        raise ConfigError(f"serial line: baud must be from {BAUD_MIN} to {BAUD_MAX}, not {value}")


@attrs.frozen(kw_only=True)
class Line:
    """How a serial line is set.

    Attributes:
        baud: bits per second.
        bits: data bits in a byte, 7 or 8.
        parity: "none", "even", "odd", "mark" or "space".
        stop: stop bits, 1 or 2.
        flow: "none", "hardware" (RTS and CTS) or "software" (XON and XOFF).
    """

    baud: int = attrs.field(default=9600, validator=_baud)
    bits: int = attrs.field(default=8, validator=_one_of)
    parity: str = attrs.field(default="none", validator=_one_of)
    stop: int = attrs.field(default=1, validator=_one_of)
    flow: str = attrs.field(default="none", validator=_one_of)

    def changed(self, options: Mapping[str, str]) -> Line:
        """This line with the options laid over it; raises ConfigError for an unknown one or a wrong value."""
        fields = {field.name: field for field in attrs.fields(Line)}
        found: dict[str, int | str] = {}
        for name, text in options.items():
            if name not in fields:
                raise ConfigError(f"serial line: option must be one of {', '.join(fields)}, not {name!r}")
            if isinstance(fields[name].default, int):
                if not (text.isascii() and text.isdigit() and len(text) <= 9):
                    raise ConfigError(f"serial line: {name} must be a whole number, not {text!r}")
                found[name] = int(text)
            else:
                found[name] = text
        return attrs.evolve(self, **found)  # type: ignore[arg-type]


class SerialStream(trio.abc.Stream):
    """A serial port as a stream of bytes. Made by ``open_serial``; close it to let others use the port.

    One task may send and one may receive at a time; a second raises trio.BusyResourceError.

    Attributes:
        path: of the port, e.g. "/dev/ttyUSB0".
        line: how it was opened.
        is_pty: a program stands at the other end, and parity does not exist.
    """

    def __init__(self, port: serial.Serial, line: Line, *, is_pty: bool) -> None:
        self.path: str = port.port
        self.line = line
        self.is_pty = is_pty
        self._port = port
        self._bytes = trio.lowlevel.FdStream(os.dup(port.fileno()))

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send all of it; returns when the system has taken it, which is before it is on the wire."""
        await self._bytes.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """See trio.abc.SendStream."""
        await self._bytes.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Wait for bytes; never ``b""``. Raises trio.BrokenResourceError when the port is gone."""
        data = bytes(await self._bytes.receive_some(max_bytes or RECEIVE_BYTES))
        if not data:
            raise trio.BrokenResourceError(f"serial port {self.path}: the device is gone")
        return data

    async def drain(self) -> None:
        """Wait until the last bit is on the wire; for turning a half-duplex line round."""
        await self._on_port(termios.tcdrain)

    async def set_parity(self, parity: str) -> None:
        """Drain, then send and check with this parity; "mark" and "space" carry a ninth bit (MDB's mode bit).

        Raises ConfigError for a parity that is not in ``PARITIES``, DeviceUnavailable on a pty.
        """
        if parity not in PARITIES:
            raise ConfigError(f"serial line: parity must be one of {', '.join(PARITIES)}, not {parity!r}")
        self._must_have_parity()
        flags = {
            "none": 0,
            "even": termios.PARENB,
            "odd": termios.PARENB | termios.PARODD,
            "mark": termios.PARENB | termios.PARODD | _STICKY,
            "space": termios.PARENB | _STICKY,
        }[parity]

        def change(fd: int) -> None:
            settings = termios.tcgetattr(fd)
            settings[2] = settings[2] & ~(termios.PARENB | termios.PARODD | _STICKY) | flags
            termios.tcsetattr(fd, termios.TCSADRAIN, settings)

        await self._on_port(change)

    async def mark_parity_errors(self) -> None:
        """From now on a byte whose parity is wrong arrives as FF 00 byte, and a literal FF as FF FF (PARMRK).

        Raises DeviceUnavailable on a pty.
        """
        self._must_have_parity()

        def change(fd: int) -> None:
            settings = termios.tcgetattr(fd)
            settings[0] = (settings[0] | termios.PARMRK | termios.INPCK) & ~(termios.IGNPAR | termios.ISTRIP)
            termios.tcsetattr(fd, termios.TCSADRAIN, settings)

        await self._on_port(change)

    def forget_received(self) -> None:
        """Throw away what arrived and was not received."""
        if not self._port.is_open:
            raise trio.ClosedResourceError(f"serial port {self.path}: is closed")
        termios.tcflush(self._port.fileno(), termios.TCIFLUSH)

    async def aclose(self) -> None:
        """Let go of the port; what was sent is still transmitted."""
        try:
            await self._bytes.aclose()
        finally:
            self._port.close()

    def _must_have_parity(self) -> None:
        if self.is_pty:
            raise DeviceUnavailable(f"serial port {self.path}: must be a serial line for parity, not a pty")

    async def _on_port(self, do: _OnPort) -> None:
        """Do what may take a few milliseconds beside the loop."""
        if not self._port.is_open:
            await trio.lowlevel.checkpoint()
            raise trio.ClosedResourceError(f"serial port {self.path}: is closed")
        try:
            await trio.to_thread.run_sync(do, self._port.fileno())
        except (OSError, termios.error) as error:
            raise trio.BrokenResourceError(f"serial port {self.path}: {_why(error)}") from error


async def open_serial(path: str, line: Line | None = None) -> SerialStream:
    """Open a serial port for ourselves alone.

    Args:
        path: e.g. "/dev/ttyUSB0". On a pty, bits, parity, stop bits and flow are not set.
        line: None is 9600 baud, 8 bits, no parity, 1 stop bit.

    Raises:
        ConfigError: the port cannot be set so.
        DeviceUnavailable: there is no such port, it is not ours to open, or another program has it.
    """
    return await trio.to_thread.run_sync(_opened, path, line or Line())


def _opened(path: str, line: Line) -> SerialStream:
    try:
        is_pty = os.major(os.stat(path).st_rdev) in _PTY_MAJORS
        wanted = Line(baud=line.baud) if is_pty else line
        port = serial.Serial(
            path,
            wanted.baud,
            bytesize=wanted.bits,
            parity=PARITIES[wanted.parity],
            stopbits=wanted.stop,
            rtscts=wanted.flow == "hardware",
            xonxoff=wanted.flow == "software",
            exclusive=True,
            inter_byte_timeout=0,  # VMIN 1: nothing there is EAGAIN, not an end of file
        )
    except serial.SerialException as error:
        raise DeviceUnavailable(f"serial port {path}: {_rule(error)}") from error
    except OSError as error:
        raise DeviceUnavailable(f"serial port {path}: {_rule(error)}") from error
    except (ValueError, termios.error) as error:
        shape = f"{line.baud} baud, {line.bits} bits, parity {line.parity}, {line.stop} stop bits"
        raise ConfigError(f"serial port {path}: must be able to do {shape}: {_why(error)}") from error
    try:
        return SerialStream(port, wanted, is_pty=is_pty)
    except BaseException:
        port.close()
        raise


def _rule(error: OSError) -> str:
    """What opening a port needed and did not find."""
    if "exclusively lock" in str(error) or error.errno in (errno.EBUSY, errno.EAGAIN):
        return "must not be in use by another program"
    if error.errno == errno.EACCES:
        return "must be readable and writable for this user (often group dialout): permission denied"
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return "must exist: no such device"
    if "configure port" in str(error):
        return "must be a serial port"
    return f"must open: {_why(error)}"


def _why(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, termios.error) and len(error.args) == 2:
        return str(error.args[1])
    return str(error)


def ports_here() -> list[tuple[str, str, str]]:
    """This computer's serial ports in order: path, what the system says, a USB adapter's serial number."""
    found = list_ports.comports()
    return sorted((port.device, port.description or "", port.serial_number or "") for port in found)
