"""Words, marks, blocks and the two kinds of adapter line, over any split of the bytes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.mdb.codec import ascii_line, hex_line
from hardware.mdb.codec.ascii_line import LineReader
from hardware.mdb.codec.block import (
    ACK,
    BLOCK_BYTES_MAX,
    MODE,
    Answer,
    AnswerReader,
    CommandReader,
    Confirmation,
    Kind,
    MarkedReader,
    answer_words,
    command_words,
    seal,
    to_marked,
    unseal,
)
from hardware.mdb.codec.lengths import command_length
from runtime.errors import ProtocolError

answers = st.binary(max_size=35)
commands = st.sampled_from([b"\x08", b"\x0b", b"\x0c\xff\xff\xff\xff", b"\x0f\x05", b"\x12", b"\x34\0\7\0\7"])


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


@given(st.lists(st.integers(0, 0x1FF)))
def test_marked_bytes_are_words_again(words: list[int]) -> None:
    assert MarkedReader().feed(to_marked(words)) == words


@given(st.lists(answers, max_size=5), st.lists(st.integers(0, 400)))
def test_answers_are_the_same_over_any_split(blocks: list[bytes], cuts: list[int]) -> None:
    raw = to_marked(word for answer in blocks for word in answer_words(answer))
    marks, reader = MarkedReader(), AnswerReader()
    heard = [answer for part in split(raw, cuts) for answer in reader.feed(marks.feed(part))]
    assert heard == [Answer(Kind.DATA, data) if data else Answer(Kind.ACK) for data in blocks]


@given(st.lists(commands, max_size=5), st.lists(st.integers(0, 400)))
def test_commands_are_the_same_over_any_split(blocks: list[bytes], cuts: list[int]) -> None:
    raw = to_marked(word for command in blocks for word in (*command_words(command), ACK))
    marks, reader = MarkedReader(), CommandReader(command_length)
    heard = [what for part in split(raw, cuts) for what in reader.feed(marks.feed(part))]
    assert heard == [what for command in blocks for what in (command, Confirmation(ACK))]


@given(st.binary(max_size=300))
def test_noise_on_the_bus_breaks_nothing_and_fills_nothing(noise: bytes) -> None:
    words = MarkedReader().feed(noise)
    ear, master = CommandReader(command_length), AnswerReader()
    ear.feed(words)
    for answer in master.feed(words):
        assert len(answer.data) <= BLOCK_BYTES_MAX
    assert len(ear._held) <= BLOCK_BYTES_MAX
    assert len(master._held) <= BLOCK_BYTES_MAX


@given(st.binary(min_size=2, max_size=35), st.integers(0, 35), st.integers(1, 255))
def test_a_spoiled_answer_is_broken(data: bytes, at: int, flip: int) -> None:
    words = list(answer_words(data))
    words[at % len(data)] ^= flip
    [answer] = AnswerReader().feed(words)
    assert answer.kind is Kind.BROKEN


def test_a_spoiled_command_is_not_heard() -> None:
    words = [0x10C, 0xFF, 0xFF, 0xFF, 0xFF, 0x09]
    assert CommandReader(command_length).feed(words) == []


def test_a_block_that_is_too_long_is_refused() -> None:
    with pytest.raises(ProtocolError, match=r"must be < 36 bytes without CHK, not 36"):
        seal(bytes(36))


def test_a_wrong_checksum_is_named() -> None:
    with pytest.raises(ProtocolError, match=r"CHK must be 0b, not 0c"):
        unseal(b"\x0b\x0c")


def test_an_answer_without_end_is_broken_at_the_longest_block() -> None:
    [answer] = AnswerReader().feed([0x01] * BLOCK_BYTES_MAX)
    assert answer.kind is Kind.BROKEN
    assert AnswerReader().feed([0x42 | MODE]) == [Answer(Kind.BROKEN, b"\x42")]


@given(
    st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)),
    st.lists(st.integers(0, 999)),
)
def test_lines_are_the_same_over_any_split(lines: list[str], cuts: list[int]) -> None:
    raw = b"".join(line.encode() + b"\r\n" for line in lines)
    reader = LineReader()
    heard = [line for part in split(raw, cuts) for line in reader.feed(part)]
    assert heard == [line for line in lines if len(line) <= ascii_line.LINE_BYTES_MAX]


REQUESTS = st.one_of(
    st.builds(ascii_line.MasterMode, st.booleans()),
    st.just(ascii_line.AskVersion()),
    st.just(ascii_line.ResetBus()),
    st.builds(ascii_line.Send, st.binary(min_size=1, max_size=35)),
)
REPLIES = st.one_of(
    st.just(ascii_line.Took()),
    st.builds(ascii_line.Answered, st.one_of(st.none(), st.binary(max_size=35))),
    st.builds(ascii_line.Version, st.just("4.0.2.0")),
    st.builds(ascii_line.Noise, st.just("r,ACK")),
)


@given(REQUESTS)
def test_every_request_to_a_text_adapter_comes_back(request: ascii_line.Request) -> None:
    [line] = LineReader().feed(ascii_line.encode_request(request))
    assert ascii_line.decode_request(line) == request


@given(REPLIES)
def test_every_reply_of_a_text_adapter_comes_back(reply: ascii_line.Reply) -> None:
    [line] = LineReader().feed(ascii_line.encode_reply(reply))
    assert ascii_line.decode_reply(line) == reply


def test_reader_enable_is_the_line_of_the_makers_manual() -> None:
    assert ascii_line.encode_request(ascii_line.Send(b"\x14\x01")) == b"R,14,01\n"
    assert ascii_line.encode_request(ascii_line.Send(b"\x0b")) == b"R,0B\n"
    with pytest.raises(ProtocolError, match=r"must have its address byte, not 0 bytes"):
        ascii_line.encode_request(ascii_line.Send(b""))


@given(st.text(max_size=60))
def test_any_line_is_read_or_refused(text: str) -> None:
    for read in (
        ascii_line.decode_request,
        ascii_line.decode_reply,
        lambda line: hex_line.decode_line(line, True),
        lambda line: hex_line.decode_line(line, False),
    ):
        try:
            read(text)
        except ProtocolError as error:
            assert "MDB adapter" in str(error)  # noqa: PT017  (either outcome is right)


@given(st.binary(max_size=35))
def test_an_answer_through_a_hex_adapter_comes_back(data: bytes) -> None:
    [line] = LineReader().feed(hex_line.encode_line(hex_line.Solicited(data)))
    assert hex_line.decode_line(line, True) == hex_line.Solicited(data)


@given(st.sampled_from([0x08, 0x10, 0x30, 0x60]), st.binary(min_size=1, max_size=35))
def test_what_a_hex_adapter_polled_comes_back(address: int, data: bytes) -> None:
    [line] = LineReader().feed(hex_line.encode_line(hex_line.Unsolicited(address, data)))
    assert hex_line.decode_line(line, False) == hex_line.Unsolicited(address, data)


def test_an_unasked_line_must_name_a_peripheral() -> None:
    with pytest.raises(ProtocolError, match=r"must begin with a peripheral's address"):
        hex_line.decode_line("99 01", False)
