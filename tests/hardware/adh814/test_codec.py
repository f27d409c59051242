from __future__ import annotations

import contextlib
import struct
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.adh814.codec import (
    FINISHED,
    NO_DROP_BIT,
    REPLIES,
    REQUESTS,
    Addressed,
    AskState,
    Clear,
    Identity,
    SetCooling,
    State,
    Turn,
    TurnBoth,
    crc16,
    decode_reply,
    decode_request,
    encode,
    replies,
    requests,
)
from hardware.splitter import Refused, Splitter
from runtime.errors import ProtocolError

RANGES = {"B": (0, 0xFF), "b": (-128, 127), "H": (0, 0xFFFF), "h": (-0x8000, 0x7FFF)}


def values_of(layout: struct.Struct) -> st.SearchStrategy[tuple[Any, ...]]:
    letters = layout.format.lstrip(">")
    if letters.endswith("s"):
        size = int(letters[:-1])
        return st.tuples(st.binary(min_size=size, max_size=size))
    return st.tuples(*(st.integers(*RANGES[letter]) for letter in letters))


@st.composite
def asked(draw: st.DrawFn) -> Addressed:
    kind: type[Any] = draw(st.sampled_from(list(REQUESTS)))
    return Addressed(draw(st.integers(1, 4)), kind(*draw(values_of(REQUESTS[kind][1]))))


@st.composite
def answered(draw: st.DrawFn) -> Addressed:
    kind: type[Any] = draw(st.sampled_from(list(REPLIES)))
    return Addressed(draw(st.integers(0, 4)), kind(*draw(values_of(REPLIES[kind][1]))))


def read(cutter: Splitter[Addressed], chunks: list[bytes]) -> list[Addressed | Refused]:
    return [event for chunk in chunks for event in cutter.feed(chunk)] + cutter.silence()


def test_the_crc_is_modbus() -> None:
    assert crc16(b"123456789") == 0x4B37


@pytest.mark.parametrize(
    ("raw", "message"),
    [("01a5005b50", Turn(0)), ("01a34059", AskState()), ("01a6805a", Clear())],
)
def test_requests_of_a_public_host(raw: str, message: Turn | AskState | Clear) -> None:
    assert decode_request(bytes.fromhex(raw)) == Addressed(1, message)
    assert encode(Addressed(1, message)).hex() == raw


def test_words_have_the_high_byte_first_and_degrees_a_sign() -> None:
    state = State(FINISHED, 7, NO_DROP_BIT, 0x0384, 0x00FA, 28, -4)
    assert encode(Addressed(0, state))[:-2].hex() == "00a302070403" + "8400fa1cfc"
    assert encode(Addressed(1, SetCooling(1, -18)))[:-2].hex() == "01a401ffee"
    assert encode(Addressed(1, TurnBoth(3, 4)))[:-2].hex() == "01b50304"


@given(asked())
def test_a_request_is_decoded_the_same(frame: Addressed) -> None:
    assert decode_request(encode(frame)) == frame


@given(answered())
def test_a_reply_is_decoded_the_same(frame: Addressed) -> None:
    assert decode_reply(encode(frame)) == frame


@given(st.lists(answered(), max_size=6), st.lists(st.integers(0, 200), max_size=8))
def test_any_split_of_the_bytes_gives_the_same_replies(sent: list[Addressed], cuts: list[int]) -> None:
    raw = b"".join(encode(frame) for frame in sent)
    ends = sorted({cut % (len(raw) + 1) for cut in cuts} | {len(raw)})
    assert read(replies(), [raw[a:b] for a, b in zip([0, *ends], ends, strict=False)]) == sent


@given(st.binary(max_size=100), answered())
def test_garbage_is_refused_and_the_reply_after_it_found(garbage: bytes, frame: Addressed) -> None:
    cutter = replies()
    cutter.feed(garbage)
    cutter.silence()
    assert cutter.feed(encode(frame)) == [frame]


@given(st.binary(max_size=64))
def test_decoding_anything_raises_nothing_but_the_protocols_error(raw: bytes) -> None:
    for decode in (decode_request, decode_reply):
        with contextlib.suppress(ProtocolError):
            decode(raw)
    read(requests(), [raw])


def test_our_own_echo_on_the_line_hides_no_reply() -> None:
    echo, reply = encode(Addressed(1, Turn(0))), encode(Addressed(1, Identity(b"ADH814E 00000001")))
    assert read(replies(), [echo, reply])[-1] == decode_reply(reply)


def test_an_error_names_the_rule_and_the_value() -> None:
    with pytest.raises(ProtocolError, match="CRC of request a3 must be 5940, not 5941"):
        decode_request(bytes.fromhex("01a34159"))
    with pytest.raises(ProtocolError, match="request a5 must have 1 bytes, not 0"):
        decode_request(bytes.fromhex("01a54059"))
    with pytest.raises(ProtocolError, match="does not fit its frame"):
        encode(Addressed(1, Turn(300)))


def test_every_message_has_a_layout_of_as_many_fields() -> None:
    for kind, (_, layout) in [*REQUESTS.items(), *REPLIES.items()]:
        assert len(attrs.fields(kind)) == len(layout.unpack(bytes(layout.size))), kind
