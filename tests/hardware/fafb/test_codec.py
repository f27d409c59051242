from __future__ import annotations

import contextlib
import csv
import struct
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.fafb.codec.frame import Packet, decode, encode, next_number, splitter
from hardware.fafb.codec.messages import (
    BILL,
    LAYOUTS,
    NO_SENSOR,
    OPEN_ENDED,
    SWALLOWED,
    Ack,
    Dispensing,
    Drive,
    Message,
    MoneyIn,
    Other,
    Poll,
    Status,
)
from hardware.splitter import Refused
from runtime.errors import ProtocolError
from tests.conftest import Recordings

SHIPPED = Path(__file__).with_name("real_frames.tsv")


def frames(path: Path) -> list[bytes]:
    with path.open(encoding="utf-8") as file:
        return [bytes.fromhex(row["frame_hex"]) for row in csv.DictReader(file, delimiter="\t")]


def values_of(layout: struct.Struct) -> st.SearchStrategy[tuple[Any, ...]]:
    """Values that fit each field of a layout."""
    ranges = {"B": (0, 0xFF), "b": (-128, 127), "H": (0, 0xFFFF), "I": (0, 0xFFFFFFFF)}
    fields: list[st.SearchStrategy[Any]] = []
    size = ""
    for letter in layout.format.lstrip(">"):
        if letter.isdigit():
            size += letter
        elif letter == "s":
            fields.append(st.binary(min_size=int(size), max_size=int(size)))
            size = ""
        else:
            fields.append(st.integers(*ranges[letter]))
    return st.tuples(*fields)


@st.composite
def packets(draw: st.DrawFn) -> Packet:
    """Any frame of the protocol."""
    kind: type[Any] = draw(st.sampled_from([Poll, Ack, Other, *LAYOUTS]))
    if kind in (Poll, Ack):
        return Packet(0, kind())
    number = draw(st.integers(1, 0xFF))
    if kind is Other:
        command = draw(st.integers(0x80, 0xFF))
        return Packet(number, Other(command, draw(st.binary(max_size=254))))
    values = list(draw(values_of(LAYOUTS[kind][1])))
    if kind in OPEN_ENDED:
        values.append(draw(st.binary(max_size=20)))
    return Packet(number, kind(*values))


def read(chunks: list[bytes]) -> list[Packet | Refused]:
    cutter = splitter()
    return [event for chunk in chunks for event in cutter.feed(chunk)] + cutter.silence()


@pytest.mark.parametrize("raw", frames(SHIPPED), ids=lambda raw: raw.hex())
def test_a_real_frame_becomes_a_value_and_the_same_bytes_again(raw: bytes) -> None:
    packet = decode(raw)
    assert not isinstance(packet.message, Other)
    assert encode(packet) == raw


def test_every_recorded_frame_becomes_a_value_and_the_same_bytes_again(recordings: Recordings) -> None:
    whole = frames(recordings.file("vending/fafb_frames.tsv"))
    assert len(whole) == 18
    assert set(frames(SHIPPED)) <= set(whole)
    assert read([b"".join(whole)]) == [decode(raw) for raw in whole]
    assert [encode(decode(raw)) for raw in whole] == whole


def test_real_frames_say_what_their_source_says() -> None:
    _, _, drive, turning, vended, failed, bill, swallowed, status = (decode(raw) for raw in frames(SHIPPED))
    assert drive == Packet(0xA6, Drive(drop_sensor=1, lift=0, selection=60))
    assert [turning.message, vended.message, failed.message] == [
        Dispensing(state=state, selection=60) for state in (1, 2, 3)
    ]
    assert bill == Packet(0xD5, MoneyIn(mode=BILL, amount=100_000))
    assert swallowed == Packet(0x83, MoneyIn(mode=SWALLOWED, amount=100_000))
    assert isinstance(status.message, Status)
    assert (status.message.machine, status.message.sensors) == (b"0" * 10, bytes([NO_SENSOR] * 8))


@given(packets())
def test_what_is_encoded_is_decoded_the_same(packet: Packet) -> None:
    assert decode(encode(packet)) == packet


@given(st.lists(packets(), max_size=6), st.lists(st.integers(0, 400), max_size=8))
def test_any_split_of_the_bytes_gives_the_same_frames(sent: list[Packet], cuts: list[int]) -> None:
    raw = b"".join(encode(packet) for packet in sent)
    ends = sorted({cut % (len(raw) + 1) for cut in cuts} | {len(raw)})
    assert read([raw[a:b] for a, b in zip([0, *ends], ends, strict=False)]) == sent


@given(st.binary(max_size=300), packets())
def test_garbage_is_refused_and_the_frame_after_it_found(garbage: bytes, packet: Packet) -> None:
    cutter = splitter()
    cutter.feed(garbage)
    cutter.silence()
    assert cutter.feed(encode(packet)) == [packet]


@given(packets(), st.integers(0, 10_000))
def test_a_bit_turned_over_never_passes_as_another_frame(packet: Packet, place: int) -> None:
    raw = bytearray(encode(packet))
    raw[place % len(raw)] ^= 1 << place % 8
    assert packet not in read([bytes(raw)])


@given(st.binary(max_size=300))
def test_decoding_anything_raises_nothing_but_the_protocols_error(raw: bytes) -> None:
    for text in (raw, b"\xfa\xfb" + raw):
        with contextlib.suppress(ProtocolError):
            decode(text)


def test_an_error_names_the_rule_and_the_value() -> None:
    with pytest.raises(ProtocolError, match="check byte of command 41 must be 40, not 41"):
        decode(bytes.fromhex("fafb410041"))
    with pytest.raises(ProtocolError, match="must be FA FB, command, length and so many bytes, not fafb"):
        decode(b"\xfa\xfb")
    with pytest.raises(ProtocolError, match="does not fit its frame"):
        encode(Packet(1, Drive(drop_sensor=1, lift=0, selection=70_000)))
    with pytest.raises(ProtocolError, match="number must be one byte, not 256"):
        encode(Packet(256, Other(0x99, b"")))


def test_a_length_that_its_command_cannot_have_is_not_waited_for() -> None:
    events = read([bytes.fromhex("fafb41ff"), encode(Packet(0, Poll()))])
    assert events[-1] == Packet(0, Poll())
    cutter = splitter()
    assert cutter.feed(bytes.fromhex("fafb41ff") + encode(Packet(0, Ack())))[-1] == Packet(0, Ack())


def test_numbers_go_from_1_to_255_and_round() -> None:
    assert [next_number(number) for number in (0, 1, 254, 255)] == [1, 2, 255, 1]


def test_every_message_has_a_layout_of_as_many_fields() -> None:
    for kind, (_, layout) in LAYOUTS.items():
        count = len(layout.unpack(bytes(layout.size)))
        assert len(attrs.fields(kind)) == count + (kind in OPEN_ENDED), kind
    assert len({command for command, _ in LAYOUTS.values()}) == len(LAYOUTS)


def test_an_unknown_command_is_kept_as_it_came() -> None:
    message: Message = Other(0x99, b"\x01\x02")
    assert decode(encode(Packet(7, message))) == Packet(7, message)
