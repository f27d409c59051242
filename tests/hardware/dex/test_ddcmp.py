"""Audits over DDCMP, byte for byte and on bad lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.dex.codec import ddcmp
from hardware.dex.codec.crc import crc16
from hardware.dex.codec.ddcmp import ACK, START, ControlFrame, DataFrame, Frame, decode, encode, frames
from hardware.dex.codec.ddcmp_link import DdcmpRead, DdcmpServe
from hardware.dex.codec.ddcmp_station import STANDARD
from hardware.splitter import Refused
from runtime.errors import ProtocolError
from tests.hardware.dex.line import Line, Spoil, untouched
from tests.hardware.dex.samples import audit

WHEN = ((13, 2, 17), (10, 32, 2))
LONG = audit() * 4

KNOWN: dict[str, Frame] = {
    "05 06 40 00 00 01 5C 55": ControlFrame(type=START),
    "05 01 40 01 00 01 B8 55": ControlFrame(type=ACK, received=1),
    "81 10 40 00 01 01 0A 42 77 E0 00 00 00 00 00 13 02 17 10 32 02 00 00 0C 82 9F": DataFrame(
        number=1, received=0, body=ddcmp.who(*WHEN)
    ),
    "81 09 40 01 02 01 46 B0 77 E2 00 01 01 00 00 00 00 F0 72": DataFrame(
        number=2, received=1, body=ddcmp.read(ddcmp.AUDIT_LIST)
    ),
}
"""Frames that public readers send, their check values recomputed."""


@pytest.mark.parametrize("text", KNOWN)
def test_frames_are_those_that_readers_send(text: str) -> None:
    raw = bytes.fromhex(text)
    assert encode(KNOWN[text]) == raw
    assert decode(raw) == KNOWN[text]


def test_a_finish_has_the_check_value_that_readers_send() -> None:
    assert encode(DataFrame(number=3, received=9, body=ddcmp.finish()))[-4:] == bytes.fromhex("77 FF 67 B0")


def between(reader: DdcmpRead, machine: DdcmpServe, spoil: Spoil = untouched) -> Line:
    line = Line(reader, machine, spoil)
    while reader.ended is None and line.now_us < 300_000_000:
        line.step()
    return line


def serve(resets: list[bool] | None = None) -> DdcmpServe:
    def give(reset: bool) -> bytes:
        if resets is not None:
            resets.append(reset)
        return LONG

    return DdcmpServe(give, 0)


@pytest.mark.parametrize("reset", [True, False])
def test_an_audit_is_read_with_or_without_a_reset(reset: bool) -> None:
    resets: list[bool] = []
    reader = DdcmpRead(0, when=WHEN, reset=reset)
    line = between(reader, serve(resets))
    assert (reader.ended, reader.received, resets) == ("", LONG, [reset])
    assert line.said[0] == ("left", bytes.fromhex("05 06 40 00 00 01 5C 55"))


@pytest.mark.parametrize("every", [3, 4, 7, 10])
@pytest.mark.parametrize("fault", ["lost", "check", "cut", "doubled"])
def test_a_bad_line_delays_an_audit_and_never_changes_it(every: int, fault: str) -> None:
    def spoil(wire: bytes, number: int) -> bytes:
        if number % every != every - 1:
            return wire
        spoilt = {
            "lost": b"",
            "check": wire[:-1] + b"\x99",
            "cut": wire[: len(wire) // 2],
            "doubled": wire * 2,
        }
        return spoilt[fault]

    reader = DdcmpRead(0, when=WHEN)
    between(reader, serve(), spoil)
    assert (reader.ended, reader.received) == ("", LONG)


def test_nobody_there_is_said_after_all_tries() -> None:
    reader = DdcmpRead(0, when=WHEN)
    asked = 0
    while reader.ended is None:
        assert reader.due_us is not None
        asked += bool(reader.wake(reader.due_us))
    assert (asked, reader.ended) == (STANDARD.tries, "no answer, 10 tries")


def test_a_look_only_starts_the_line() -> None:
    reader = DdcmpRead(0, when=WHEN, look=True)
    line = between(reader, serve())
    assert reader.ended == ""
    assert [who for who, _ in line.said] == ["left", "right"]


def test_a_machine_that_gives_another_list_is_refused() -> None:
    with pytest.raises(ProtocolError, match="must be answered for list 1, not 2"):
        ddcmp.size_of(ddcmp.accepted(2, 100), 1)


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        ("05 09 40 00 00 01", "must be ACK, NAK, START or STACK, not 09"),
        ("81 01 40 00 01 01", "its body's check value must fit"),
    ],
)
def test_frames_that_break_a_rule_are_refused(raw: str, rule: str) -> None:
    head = bytes.fromhex(raw)
    with pytest.raises(ProtocolError, match=rule):
        decode(head + crc16(head).to_bytes(2, "little") + b"\x00\x01\x02")


CONTROLS = st.builds(
    ControlFrame, type=st.sampled_from([ACK, START, ddcmp.STACK]), received=st.integers(0, 255)
)
DATA = st.builds(
    DataFrame,
    number=st.integers(0, 255),
    received=st.integers(0, 255),
    body=st.binary(min_size=1, max_size=700),
    last=st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(CONTROLS, DATA), max_size=5), st.lists(st.integers(1, 50), max_size=20))
def test_any_split_of_the_bytes_gives_the_same_frames(
    sent: list[ControlFrame | DataFrame], sizes: list[int]
) -> None:
    wire = b"".join(encode(frame) for frame in sent)
    splitter, got = frames(), []
    for size in [*sizes, len(wire)]:
        got += splitter.feed(wire[:size])
        wire = wire[size:]
    assert got == sent


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=20))
def test_whatever_comes_over_the_wire_nothing_is_raised(chunks: list[bytes]) -> None:
    reader, machine = DdcmpRead(0, when=WHEN), serve()
    splitter = frames()
    for number, chunk in enumerate(chunks):
        assert all(isinstance(event, Refused | ControlFrame | DataFrame) for event in splitter.feed(chunk))
        for end in (reader, machine):
            end.feed(chunk, number * 10_000)
            end.wake(number * 10_000)
