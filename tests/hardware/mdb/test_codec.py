"""Bytes of the bus to values and back: every command, every answer, and any rubbish."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hardware.mdb.codec import block, changer, reader, reader_answers, validator, validator_answers
from hardware.mdb.codec.lengths import command_length
from hardware.mdb.codec.money import Scaling, bcd, country
from hardware.mdb.codec.reader import Dialect
from runtime.errors import ProtocolError
from tests.hardware.mdb import values


@given(values.changer_commands)
def test_every_command_of_a_changer_comes_back(command: changer.Command) -> None:
    assert changer.decode_command(changer.encode_command(command)) == command


@given(values.changer_answers)
def test_every_answer_of_a_changer_comes_back(pair: tuple[changer.Command, changer.Answer]) -> None:
    command, answer = pair
    assert changer.decode_answer(command, changer.encode_answer(answer)) == answer


@given(values.validator_commands)
def test_every_command_of_a_validator_comes_back(command: validator.Command) -> None:
    assert validator.decode_command(validator.encode_command(command)) == command


@given(values.validator_replies)
def test_every_answer_of_a_validator_comes_back(
    pair: tuple[validator.Command, validator_answers.Answer],
) -> None:
    command, answer = pair
    assert validator_answers.decode_answer(command, validator_answers.encode_answer(answer)) == answer


@given(values.reader_commands(), st.sampled_from([block.READER, block.SECOND_READER]))
def test_every_command_of_a_reader_comes_back(pair: tuple[reader.Command, Dialect], address: int) -> None:
    command, dialect = pair
    raw = reader.encode_command(command, dialect, address)
    assert block.address(raw) == address
    assert reader.decode_command(raw, dialect) == command


@given(values.reader_messages())
def test_messages_of_a_reader_come_back_also_several_in_a_block(
    pair: tuple[tuple[reader_answers.Message, ...], Dialect],
) -> None:
    messages, dialect = pair
    assert reader_answers.decode_answer(reader_answers.encode_answer(messages, dialect), dialect) == messages


def test_the_specification_s_example_of_two_messages_in_a_block() -> None:
    raw = block.unseal(bytes.fromhex("060A07041B"))
    messages = reader_answers.decode_answer(raw, Dialect(level=1))
    assert messages == (
        reader_answers.VendDenied(),
        reader_answers.Malfunction(0, 7),
        reader_answers.SessionCancelAsked(),
    )


def test_just_reset_and_ack_differ_by_their_mode_bits_only() -> None:
    just_reset = reader_answers.encode_answer((reader_answers.JustReset(),), Dialect())
    assert block.answer_words(just_reset) == (0x000, 0x100)
    assert block.answer_words(b"") == (0x100,)


def test_behind_just_reset_a_reader_speaks_the_shortest_dialect() -> None:
    wide = Dialect(level=3, expanded=True)
    assert reader_answers.decode_answer(bytes.fromhex("000B"), wide) == (
        reader_answers.JustReset(),
        reader_answers.OutOfSequence(),
    )


READERS: list[Callable[[bytes], object]] = [
    changer.decode_command,
    validator.decode_command,
    *(
        lambda raw, command=command: changer.decode_answer(command, raw)
        for command in (*(cls() for cls in changer.BARE), changer.Dispense(0, 1))
    ),
    *(
        lambda raw, command=command: validator_answers.decode_answer(command, raw)
        for command in (*(cls() for cls in validator.BARE), validator.Escrow(True))
    ),
    *(
        lambda raw, dialect=dialect: (
            reader_answers.decode_answer(raw, dialect),
            reader.decode_command(raw, dialect),
        )
        for dialect in (Dialect(), Dialect(level=2), Dialect(level=3), Dialect(level=3, expanded=True))
    ),
    block.unseal,
    block.seal,
    block.address,
]


@given(st.binary(max_size=40), st.sampled_from(READERS))
@example(b"\x02", READERS[-4])
def test_rubbish_is_refused_and_never_breaks_anything(raw: bytes, read: Callable[[bytes], object]) -> None:
    try:
        read(raw)
    except ProtocolError as error:
        assert "MDB" in str(error)  # noqa: PT017  (either outcome is right)


@given(st.one_of(values.changer_commands.map(changer.encode_command)))
def test_a_changer_s_ear_knows_the_length_of_every_command(raw: bytes) -> None:
    assert command_length(raw) == len(raw)


@given(values.validator_commands.map(validator.encode_command))
def test_a_validator_s_ear_knows_the_length_of_every_command(raw: bytes) -> None:
    assert command_length(raw) == len(raw)


@given(values.reader_commands())
def test_a_reader_s_ear_knows_the_length_of_every_command(pair: tuple[reader.Command, Dialect]) -> None:
    command, dialect = pair
    raw = reader.encode_command(command, dialect)
    assert command_length(raw, dialect) == len(raw)
    assert all(command_length(raw[:end], dialect) in (None, len(raw)) for end in range(len(raw)))


@pytest.mark.parametrize(
    ("scaling", "units", "minor"),
    [
        (Scaling(5, 2), 3, 15),
        (Scaling(100, 2), 10, 1000),
        (Scaling(5, 1), 2, 100),
        (Scaling(1, 0, minor_digits=0), 7, 7),
        (Scaling(10, 1, minor_digits=0), 7, 7),
    ],
)
def test_units_are_minor_units_both_ways(scaling: Scaling, units: int, minor: int) -> None:
    assert scaling.minor(units) == minor
    assert scaling.units(minor) == units


@given(st.builds(Scaling, st.integers(1, 255), st.integers(0, 4), st.integers(0, 4)), values.uint(16))
def test_whatever_money_a_device_can_say_comes_back(scaling: Scaling, units: int) -> None:
    try:
        minor = scaling.minor(units)
    except ProtocolError as error:
        assert "whole minor units" in str(error)  # noqa: PT017  (either outcome is right)
        return
    assert scaling.units(minor) == units


def test_money_a_device_cannot_say_is_refused() -> None:
    with pytest.raises(ProtocolError, match=r"7 must be a multiple of 5 for this device"):
        Scaling(5, 2).units(7)
    with pytest.raises(ProtocolError, match=r"scaling factor must be >= 1, not 0"):
        Scaling(0, 2).units(7)
    with pytest.raises(ProtocolError, match=r"amount must be >= 0, not -5"):
        Scaling(5, 2).units(-5)


def test_country_codes_name_a_currency_or_a_telephone_code() -> None:
    assert country(0x1978) == "currency 978"
    assert country(0x0044) == "telephone code 44"
    assert bcd(1978, 2) == b"\x19\x78"
    with pytest.raises(ProtocolError, match=r"19780 must have at most 4 digits"):
        bcd(19780, 2)


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (changer.Dispense(16, 1), r"coin type: must be in 0..15, not 16"),
        (changer.Dispense(0, 16), r"count: must be in 0..15, not 16"),
        (changer.PayOutValue(256), r"field of 1 bytes: must be in 0..255, not 256"),
    ],
)
def test_what_does_not_fit_is_refused(command: changer.Command, rule: str) -> None:
    with pytest.raises(ProtocolError, match=rule):
        changer.encode_command(command)
