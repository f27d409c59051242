from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import ProtocolError
from runtime.message import reading
from runtime.readings import ADDRESSES_MAX, Sent, Waiting, decode_sent, encode_sent, topic_of
from runtime.recorded import Published


@reading("test.readings.warmth")
class Warmth:
    decicelsius: int


def published(number: int, source: str = "m-1") -> Published:
    return Published(source, number, Warmth(decicelsius=number))


def numbers(waiting: Waiting, epoch: int, seq: int) -> list[int]:
    return [each.reading.decicelsius for each in waiting.due((epoch, seq))]


def test_a_reading_waits_for_the_facts_recorded_before_it() -> None:
    waiting = Waiting()
    for number, seq in enumerate((0, 7, 7, 9)):
        waiting.came(Sent((1, seq), [published(number, f"m-{number}")]))
    assert numbers(waiting, 1, 6) == [0]
    assert numbers(waiting, 1, 7) == [1, 2]
    assert numbers(waiting, 1, 8) == []
    assert numbers(waiting, 2, 0) == [3], "an older epoch has nothing more to wait for"


def test_of_each_address_the_longest_waiting_and_the_newest_are_kept() -> None:
    waiting = Waiting()
    for number in range(100_000):
        waiting.came(Sent((1, number // 1000), [published(number, f"m-{number % 2}")]))
    assert len(waiting) == 4
    assert numbers(waiting, 1, 0) == [0, 1], "one that always lags hears something all the same"
    assert numbers(waiting, 1, 98) == []
    assert numbers(waiting, 1, 99) == [99_998, 99_999]
    assert len(waiting) == 0


def test_at_the_ceiling_the_oldest_address_is_dropped() -> None:
    waiting = Waiting()
    for number in range(ADDRESSES_MAX + 2):
        waiting.came(Sent((1, 5), [published(number, f"m-{number}")]))
    assert numbers(waiting, 1, 5)[0] == 2


def test_a_topic_is_an_address_and_a_kind() -> None:
    assert topic_of(published(1)) == "m-1/test.readings.warmth"


def test_a_batch_comes_back_as_it_was_sent() -> None:
    sent = Sent((3, 1 << 40), [published(1), published(2)])
    assert decode_sent(encode_sent(*sent.after, sent.readings)) == sent


@given(st.binary(max_size=60))
def test_hostile_readings_raise_a_protocol_error_and_nothing_else(data: bytes) -> None:
    for body in (data, bytes(16) + data):
        try:
            decode_sent(body)
        except ProtocolError:
            continue
        assert body[16:] == b"\x90"


def test_a_short_batch_is_named() -> None:
    with pytest.raises(ProtocolError, match="must have more than 16 bytes, not 3"):
        decode_sent(b"abc")
