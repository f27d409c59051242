from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime import wire
from runtime.errors import ProtocolError
from runtime.message import fact, reading
from runtime.wire import CHAIN_START, FactRecord, chained, decode, encode, fact_bytes
from tests.runtime.every_message import MESSAGES, values


@fact("test.wire.sold")
class Sold:
    lane: str
    price_minor: int


@reading("test.wire.warmth")
class Warmth:
    decicelsius: int


@pytest.mark.parametrize("message_type", MESSAGES, ids=lambda cls: cls.__name__)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_message_comes_off_the_wire_as_it_went_on(message_type: type, data: st.DataObject) -> None:
    message = data.draw(values(message_type))
    body = encode(message)
    assert decode(body) == message
    assert encode(decode(body)) == body


def test_a_message_is_its_tag_and_its_fields() -> None:
    body = encode(Warmth(decicelsius=41))
    assert body == b"\x92\xb2test.wire.warmth/1\x81\xabdecicelsius\x29"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "0 bytes"),
        (b"\xc1", "1 bytes"),
        (b"\x92\xb2test.wire.nobody/1\x80", "tag must be one of this version's .* 'test.wire.nobody/1'"),
        (b"\x92\xb2test.wire.warmth/1\x80", "missing required field `decicelsius`"),
        (b"\x92\xb2test.wire.warmth/1\x81\xabdecicelsius\xa2hi", "Expected `int`, got `str`"),
        (b"\x92\xb2test.wire.warmth/1\x81\xabdecicelsius\xcb\x3f\xf8" + bytes(6), "Expected `int`"),
        (b"\x91\xb2test.wire.warmth/1", "length 2"),
        (b"\x92\x01\x80", "Expected `str`"),
        (encode(Warmth(decicelsius=1)) + b"\x00", "trailing"),
        (b"\x91" * 100_000, "100000 bytes"),
    ],
)
def test_anything_but_a_well_formed_known_message_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        decode(body)


@given(st.binary(max_size=60))
def test_hostile_bytes_never_raise_anything_else(body: bytes) -> None:
    for sent in (body, b"\x92\xb2test.wire.warmth/1" + body):
        try:
            decode(sent)
        except ProtocolError:
            continue


def test_an_oversized_message_is_refused_before_it_is_parsed() -> None:
    big = encode(Sold(lane="A" * wire.MESSAGE_BYTES_MAX, price_minor=1))
    with pytest.raises(ProtocolError, match="must have at most 1000000 bytes, not 10000"):
        decode(big)


def test_what_is_no_message_cannot_be_encoded() -> None:
    with pytest.raises(TypeError, match="dict is not a message"):
        encode({"lane": "A3"})


def test_a_fact_record_gives_its_fact_tag_and_chain() -> None:
    sold = Sold(lane="A3", price_minor=900)
    body = encode(sold)
    chain = chained(CHAIN_START, fact_bytes(1, "hk-1/lane/A3", 7, body))
    record = FactRecord(1, "hk-1/lane/A3", 7, body, chain)
    assert (record.fact(), record.tag) == (sold, "test.wire.sold/1")
    assert chained(CHAIN_START, record.wire_bytes()) == record.chain


@given(st.binary(min_size=32, max_size=32), st.integers(1, 9), st.text(max_size=5), st.integers(0, 9))
def test_the_chain_changes_with_anything_before_it(chain: bytes, seq: int, source: str, at: int) -> None:
    known = chained(CHAIN_START, fact_bytes(1, "a", 1, b"\xc0"))
    other = chained(chain, fact_bytes(seq, source, at, b"\xc0"))
    assert (other == known) == ((chain, seq, source, at) == (CHAIN_START, 1, "a", 1))
