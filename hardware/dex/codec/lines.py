"""A file of EVA-DTS lines, cut into the audits that stand in it.

Files are met with what readers, modems and offices put round them: a reader's header before DXS, text lines,
several audits in a row, LF for CR LF, an end cut off, lines that an office's tool added. All of that is left
out or named in ``Section.strays``; nothing but a limit is refused.
"""

from __future__ import annotations

import re

import attrs

from runtime.errors import ProtocolError

FILE_BYTES_MAX = 4 * 1024 * 1024
LINE_BYTES_MAX = 4_096
LINES_MAX = 50_000
ELEMENTS_MAX = 128
SECTIONS_MAX = 4_096
"""Ceilings of ours; the greatest audit seen has 477 lines of at most 150 bytes with at most 30 elements."""

NO_VALUE = 0xFFFF_FFFF
"""What some makers print for "no value" (seen in Jofemar audits)."""

DIGITS_MAX = 15

ENVELOPE = frozenset({"DXS", "ST", "G85", "SE", "DXE"})

_LINE_END = re.compile(rb"\r\n|\r|\n")
_BLOCK = re.compile(r"[A-Z]{1,3}[0-9]{0,2}(?=\*|$)")
_TOOL = re.compile(r"(?:(ST|SE)-1|@\$[0-9]*)(?=\*|$)")
_READER_HEADER = re.compile(rb"^.*[^A-Z0-9*](?=DXS\*)", re.DOTALL)
_ESCAPE = re.compile(r"\^([0-9A-Fa-f]{2})\^")


@attrs.frozen
class Line:
    """One segment, e.g. ``CA2*1600*12``: its block and its elements as printed."""

    block: str
    elements: tuple[str, ...]

    def text(self, number: int) -> str | None:
        """Element ``number`` (the first is 1) without blanks round it; None if it is empty or cut off."""
        if number > len(self.elements):
            return None
        return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), self.elements[number - 1]).strip() or None

    def number(self, number: int) -> int | None:
        """Element ``number`` as a whole number; None if it is none, or stands for no value."""
        text = self.text(number)
        if text is None or len(text) > DIGITS_MAX:
            return None
        digits = text[1:] if text[0] == "-" else text
        if not (digits.isascii() and digits.isdigit()):
            return None
        value = int(text)
        return None if value == NO_VALUE else value


@attrs.frozen(kw_only=True)
class Section:
    """One audit (or configuration) as it stands in a file.

    Attributes:
        lines: its segments, from DXS (if there is one) to DXE (if it is not cut off).
        raw: its lines as bytes, from DXS or ST, without their ends; one for each segment or stray.
        crlf: whether every line of the file ended with CR LF.
        strays: how many lines in it were no segments.
        tool: whether an office's tool has rewritten it (ST-1, SE-1 or @$ lines).
    """

    lines: tuple[Line, ...]
    raw: tuple[bytes, ...]
    crlf: bool
    strays: int
    tool: bool

    def every(self, block: str) -> list[Line]:
        """The segments of this block, in their order."""
        return [line for line in self.lines if line.block == block]

    def first(self, block: str) -> Line | None:
        """The first segment of this block."""
        return next((line for line in self.lines if line.block == block), None)

    @property
    def content(self) -> bool:
        """Whether anything stands between its envelope lines."""
        return any(line.block not in ENVELOPE for line in self.lines)


class _Open:
    """A section being gathered."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.raw: list[bytes] = []
        self.strays = 0
        self.tool = False
        self.ended = False  # its SE line has come

    def closed(self, crlf: bool) -> Section:
        return Section(
            lines=tuple(self.lines), raw=tuple(self.raw), crlf=crlf, strays=self.strays, tool=self.tool
        )


def split(data: bytes) -> list[Section]:
    """The audits in a file, each with at least one line between its envelope lines.

    Raises:
        ProtocolError: the file, a line or a count is greater than a ceiling of this module.
    """
    if len(data) > FILE_BYTES_MAX:
        raise ProtocolError(f"audit file: must be <= {FILE_BYTES_MAX} bytes, not {len(data)}")
    crlf = data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r")
    found: list[Section] = []
    current: _Open | None = None
    for raw in _LINE_END.split(data):
        if b"DXS*" in raw:
            raw = _READER_HEADER.sub(b"", raw)
        begins = raw.startswith(b"DXS*") or (
            raw.startswith((b"ST*", b"ST-1*")) and (current is None or current.ended)
        )
        if begins:
            if current is not None:
                found.append(current.closed(crlf))
            if len(found) >= SECTIONS_MAX:
                raise ProtocolError(f"audit file: must hold <= {SECTIONS_MAX} audits, not more")
            current = _Open()
        if current is None or not raw.strip():
            continue
        _take(current, raw)
        if current.lines and current.lines[-1].block == "DXE":
            found.append(current.closed(crlf))
            current = None
    if current is not None:
        found.append(current.closed(crlf))
    return [section for section in found if section.content]


def _take(current: _Open, raw: bytes) -> None:
    """Add one line that is not empty."""
    if len(current.raw) >= LINES_MAX:
        raise ProtocolError(f"audit: must have <= {LINES_MAX} lines, not more")
    if len(raw) > LINE_BYTES_MAX:
        raise ProtocolError(
            f"audit line {len(current.raw) + 1}: must be <= {LINE_BYTES_MAX} bytes, not {len(raw)}"
        )
    current.raw.append(raw)
    text = raw.decode("latin-1")
    block = _BLOCK.match(text)
    if block is None:
        tool = _TOOL.match(text)
        current.tool = current.tool or tool is not None
        current.strays += tool is None
        if tool is None or tool[1] is None:
            return
        _add(current, tool[1], text[tool.end() + 1 :])
        return
    _add(current, block[0], text[block.end() + 1 :])


def _add(current: _Open, block: str, rest: str) -> None:
    current.lines.append(_line(block, rest, len(current.raw)))
    current.ended = current.ended or block == "SE"


def _line(block: str, rest: str, number: int) -> Line:
    elements = tuple(rest.split("*")) if rest else ()
    if len(elements) > ELEMENTS_MAX:
        raise ProtocolError(f"audit line {number}: must have <= {ELEMENTS_MAX} elements, not {len(elements)}")
    return Line(block, elements)


def joined(segments: list[tuple[str, ...]]) -> bytes:
    """Segments as bytes of a file: stars between, CR LF after, empty elements at the end left out.

    A star, a caret or a character that a line cannot hold becomes an escape such as ``^2A^``.
    """
    return b"".join(_printed(segment) for segment in segments)


def _printed(segment: tuple[str, ...]) -> bytes:
    elements = [_ESCAPED.sub(lambda found: f"^{ord(found[0]):02X}^", element) for element in segment[1:]]
    while elements and not elements[-1]:
        elements.pop()
    return "*".join([segment[0], *elements]).encode("latin-1", "replace") + b"\r\n"


_ESCAPED = re.compile(r"[*^\x00-\x1f\x7f-\xff]")
