"""What passes on an audit port's wire, in words for people who watch it."""

from __future__ import annotations

from hardware.dex.codec import ddcmp
from hardware.dex.codec.blocks import ENQ, EOT, Ack, Block, Control, Receiver, Token
from hardware.dex.codec.ddcmp import ControlFrame, Frame
from hardware.splitter import Refused

_CONTROLS = {ENQ: "ENQ", EOT: "EOT"}
_ACKS = {0: "ACK0", 1: "ACK1", -1: "WACK"}
_TYPES = {ddcmp.ACK: "ACK", ddcmp.NAK: "NAK", ddcmp.START: "START", ddcmp.STACK: "STACK"}


class Words:
    """Puts one direction of a line into words; a block is named when it is whole."""

    def __init__(self, way: str) -> None:
        """Listen to "dcs" (DEX/UCS) or "ddcmp"."""
        self._receiver = Receiver()
        self._frames = ddcmp.frames()
        self._ddcmp = way == "ddcmp"

    def of(self, raw: bytes) -> str:
        """These bytes, which follow the last ones."""
        if self._ddcmp:
            said = [_frame(event) for event in self._frames.feed(raw)]
        else:
            said = [_token(token) for token in self._receiver.feed(raw)]
        return " ".join(said) or "..."


def _token(token: Token) -> str:
    match token:
        case Ack(number):
            return _ACKS[number]
        case Control(byte):
            return _CONTROLS.get(byte, "NAK")
        case Block():
            kind = "header" if token.header else "data"
            end = ", last" if token.last and not token.header else ""
            if not token.whole:
                return f"? {kind} block of {len(token.data)} bytes whose check value does not fit"
            shown = f" {token.data.decode('latin-1')!r}" if token.header else ""
            return f"{kind}{shown} ({len(token.data)} bytes{end})"


def _frame(event: Frame | Refused) -> str:
    if isinstance(event, Refused):
        return f"? {event.why}"
    if isinstance(event, ControlFrame):
        return f"{_TYPES[event.type]} {event.received}"
    end = ", last" if event.last else ""
    return f"DATA {event.number} {event.body[:2].hex(' ')} ({len(event.body)} bytes{end})"
