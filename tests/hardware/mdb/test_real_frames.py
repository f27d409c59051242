"""Answers that real devices gave: each is understood, and is the same bytes again."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from hardware.mdb.codec import changer, hex_line, validator, validator_answers
from hardware.mdb.codec.block import CHANGER, unseal
from hardware.mdb.codec.fields import Identity
from hardware.mdb.codec.money import Scaling
from tests.conftest import Recordings

SHIPPED = Path(__file__).parent / "real_frames.tsv"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def parts(row: dict[str, str]) -> tuple[bytes, bytes]:
    """Command and answer, both without checksum."""
    raw = bytes.fromhex(row["response_hex"])
    if "unsolicited" in row["command_hex"]:
        line = hex_line.decode_line(raw.hex(" "), False)
        assert isinstance(line, hex_line.Unsolicited)
        assert hex_line.encode_line(line).decode().split() == raw.hex(" ").upper().split()
        return (b"\x0b" if line.address == CHANGER else b"\x33"), line.block
    return bytes.fromhex(row["command_hex"]), unseal(raw) if "CHK" in row["meaning"] else raw


def assert_comes_back(row: dict[str, str]) -> None:
    command, answer = parts(row)
    if row["device"].startswith("bill"):
        asked = validator.decode_command(command)
        said = validator_answers.decode_answer(asked, answer)
        assert validator.encode_command(asked) == command
        assert validator_answers.encode_answer(said) == answer
    else:
        question = changer.decode_command(command)
        reply = changer.decode_answer(question, answer)
        assert changer.encode_command(question) == command
        assert changer.encode_answer(reply) == answer


@pytest.mark.parametrize("row", rows(SHIPPED), ids=lambda row: f"{row['device'][:4]}-{row['command_hex']}")
def test_a_real_answer_is_the_same_bytes_again(row: dict[str, str]) -> None:
    assert_comes_back(row)


def test_all_recorded_answers_are_the_same_bytes_again(recordings: Recordings) -> None:
    recorded = rows(recordings.file("vending/real_device_responses.tsv"))
    assert len(recorded) == 12
    for row in recorded:
        assert_comes_back(row)


def test_the_real_changer_s_setup_means_what_its_owner_says() -> None:
    answer = bytes.fromhex("021643640200170102050a0a1900000000000000000000")
    setup = changer.decode_answer(changer.AskSetup(), answer)
    assert isinstance(setup, changer.Setup)
    assert (setup.level, setup.country, setup.scaling, setup.routable) == (2, 0x1643, Scaling(100, 2), 0x17)
    assert [setup.scaling.minor(units) for units in setup.values[:6]] == [100, 200, 500, 1000, 1000, 2500]


def test_the_real_validator_says_who_it_is() -> None:
    answer = bytes.fromhex("49435430303030303030303030303056372d5255523530303030300120")
    identity = validator_answers.decode_answer(validator.AskIdentity(), answer)
    assert identity == Identity("ICT", "0" * 12, "V7-RUR500000"[:12], 0x0120)
