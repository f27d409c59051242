from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.easivend.codec import (
    BUSY,
    CHECK,
    DISPENSE,
    FAILED,
    Reply,
    Request,
    decode_reply,
    decode_request,
    encode_reply,
    encode_request,
    replies,
    requests,
)
from hardware.splitter import Refused
from runtime.errors import ProtocolError

BYTES = st.integers(0, 0xFF)
REQUESTS = st.builds(Request, BYTES, BYTES, BYTES, BYTES, BYTES)
REPLIES = st.builds(Reply, BYTES, BYTES, BYTES, BYTES)


def read(chunks: list[bytes]) -> list[Reply | Refused]:
    cutter = replies()
    return [event for chunk in chunks for event in cutter.feed(chunk)] + cutter.silence()


def test_a_frame_of_the_makers_coin_hopper_has_the_same_form() -> None:
    hopper = bytes.fromhex("ed080050070000b2")
    assert decode_request(hopper) == Request(0, 0x50, 7)
    assert encode_request(Request(0, 0x50, 7)) == hopper


def test_frames_byte_by_byte() -> None:
    assert encode_request(Request(5, DISPENSE, 12)).hex() == "ed0805700c00009c"
    assert encode_request(Request(5, CHECK, 12)).hex() == "ed0805720c00009e"
    assert encode_reply(Reply(FAILED | BUSY, 5, DISPENSE, 12)).hex() == "ee0305700c000094"


@given(REQUESTS)
def test_a_request_is_decoded_the_same(request: Request) -> None:
    assert decode_request(encode_request(request)) == request


@given(REPLIES)
def test_a_reply_is_decoded_the_same(reply: Reply) -> None:
    assert decode_reply(encode_reply(reply)) == reply


@given(st.lists(REPLIES, max_size=6), st.lists(st.integers(0, 60), max_size=8))
def test_any_split_of_the_bytes_gives_the_same_replies(sent: list[Reply], cuts: list[int]) -> None:
    raw = b"".join(encode_reply(reply) for reply in sent)
    ends = sorted({cut % (len(raw) + 1) for cut in cuts} | {len(raw)})
    assert read([raw[a:b] for a, b in zip([0, *ends], ends, strict=False)]) == sent


@given(st.binary(max_size=60), REPLIES)
def test_garbage_is_refused_and_the_reply_after_it_found(garbage: bytes, reply: Reply) -> None:
    cutter = replies()
    cutter.feed(garbage)
    cutter.silence()
    assert cutter.feed(encode_reply(reply)) == [reply]


@given(st.binary(max_size=40))
def test_decoding_anything_raises_nothing_but_the_protocols_error(raw: bytes) -> None:
    for decode in (decode_request, decode_reply):
        with contextlib.suppress(ProtocolError):
            decode(raw)
    requests().feed(raw)
    read([raw])


def test_an_error_names_the_rule_and_the_value() -> None:
    with pytest.raises(ProtocolError, match="check byte must be 9c, not 9d"):
        decode_request(bytes.fromhex("ed0805700c00009d"))
    with pytest.raises(ProtocolError, match="length of a request must be 8, not 7"):
        decode_request(bytes.fromhex("ed0705700c000093"))
    with pytest.raises(ProtocolError, match="must be 8 bytes from ee, not ed"):
        decode_reply(bytes.fromhex("ed0805700c00009c"))
    with pytest.raises(ProtocolError, match="each field must be one byte"):
        encode_request(Request(300, DISPENSE, 1))
