"""Each peripheral's unit by itself, without stream and clock: its setup, and answers that make no sense."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.contract.cash import PaidOut, PayOut
from hardware.contract.payment import Authorise, Authorised, SessionBegun, Settle, Settled
from hardware.mdb import talk
from hardware.mdb.changer_unit import PAYOUTS_MAX, ChangerUnit
from hardware.mdb.codec import changer, reader, reader_answers, validator_answers
from hardware.mdb.codec.fields import Identity
from hardware.mdb.codec.money import Scaling
from hardware.mdb.codec.reader import Dialect
from hardware.mdb.life import READY, STARTING, Unit
from hardware.mdb.reader_unit import REQUESTS_MAX, ReaderUnit
from hardware.mdb.validator_unit import ValidatorUnit

STEP = 0.125


def quiet(*_: object) -> None:
    """Nobody listens."""


def units(tell: Callable[[object], None] = quiet) -> tuple[ChangerUnit, ValidatorUnit, ReaderUnit]:
    return (
        ChangerUnit(0.0, quiet, tell, quiet, 2),
        ValidatorUnit(0.0, quiet, tell, quiet, 2),
        ReaderUnit(0.0, quiet, tell, 2),
    )


class Script:
    """Plays a peripheral: answers by command, and what it says at the next polls."""

    def __init__(self, unit: Unit, answers: dict[bytes, bytes]) -> None:
        self.unit, self.answers = unit, answers
        self.says: list[bytes] = []
        self.sent: list[str] = []
        self.now = 0.0

    def play(self, until: Callable[[], bool], steps: int = 400) -> None:
        poll = self.unit.encode(self.unit.poll)
        for _ in range(steps):
            if until():
                return
            block = self.unit.next(self.now)
            if block is not None:
                answer = self.answers.get(block[:2], self.answers.get(block[:1], b""))
                if block == poll and self.says:
                    answer = self.says.pop(0)
                if block != poll:
                    self.sent.append(block.hex(" "))
                self.unit.heard(answer, self.now)
            self.unit.tick(self.now)
            self.now += STEP
        pytest.fail(f"not reached in {steps} steps; sent {self.sent}")


def test_a_changer_is_set_up_in_the_order_of_the_specification() -> None:
    unit = units()[0]
    identity = changer.encode_answer(Identity("COG", "0" * 12, "F0012001    ", 0x0290, 3))
    setup = changer.encode_answer(changer.Setup(3, 0x1643, Scaling(100, 2), 0x17, (1, 2, 5, 10, 10)))
    script = Script(unit, {b"\x09": setup, b"\x0f\x00": identity, b"\x0a": bytes.fromhex("0000110008")})
    script.says = [b"\x0b"]
    script.play(lambda: unit.state == READY)
    assert script.sent == ["08", "09", "0f 00", "0f 01 00 00 00 02", "0a"]
    assert unit.values == {0: 100, 1: 200, 2: 500, 3: 1000, 4: 1000}
    assert unit.tubes == {0: 17, 1: 0, 2: 8, 4: 0}


def test_of_two_coin_types_of_a_value_the_higher_is_paid_first() -> None:
    told: list[Any] = []
    unit = units(told.append)[0]
    setup = changer.encode_answer(changer.Setup(2, 0x1643, Scaling(100, 2), 0x3, (10, 10)))
    script = Script(unit, {b"\x09": setup, b"\x0a": bytes.fromhex("00000505")})
    script.says = [b"\x0b"]
    script.play(lambda: unit.state == READY)
    unit.pay_out(PayOut(sale=1, amount_minor=2000, pieces=((1000, 2),)))
    script.play(lambda: script.sent[-1].startswith("0d"))
    assert script.sent[-1] == "0d 21"
    script.answers[b"\x0a"] = bytes.fromhex("00000503")
    script.play(lambda: bool(told))
    assert told == [PaidOut(sale=1, amount_minor=2000, pieces=((1000, 2),))]


def reader_script(features: int, told: list[Any]) -> Script:
    unit = units(told.append)[2]
    config = reader_answers.Configuration(3, 0x1978, Scaling(1, 2), 30, reader_answers.WANTS_CASH_SALES)
    identity = reader_answers.ReaderIdentity(Identity("NYX", "1".zfill(12), "VPOS".ljust(12), 1, features))
    answers = {
        b"\x11\x00": reader_answers.encode_answer((config,), Dialect()),
        b"\x17\x00": reader_answers.encode_answer((identity,), Dialect()),
    }
    return Script(unit, answers)


def test_a_reader_of_32_bit_money_is_spoken_to_in_it() -> None:
    told: list[Any] = []
    script = reader_script(reader.ALWAYS_IDLE | reader.MONEY_32_BIT, told)
    unit = script.unit
    assert isinstance(unit, ReaderUnit)
    script.says = [b"\x00"]
    script.play(lambda: unit.state == READY)
    assert script.sent[0] == "10"
    assert script.sent[1:3] == ["11 00 03 00 00 00", "11 01 ff ff 00 00"]
    assert script.sent[4:] == ["17 04 00 00 00 22", "11 01 ff ff ff ff 00 00 00 00 19 78", "14 01"]
    assert unit.silent_seconds == 30
    wide = Dialect(level=3, expanded=True)
    begun = reader_answers.SessionBegun(1_000_000, 7, 0, 0, "en", 0x1978, 0)
    script.says = [reader_answers.encode_answer((begun,), wide)]
    script.play(lambda: bool(told))
    assert told == [SessionBegun(funds_minor=1_000_000)]
    unit.authorise(Authorise(sale=1, amount_minor=70_000, lane="12"))
    script.play(lambda: unit.talk == talk.ASKED)
    assert script.sent[-1] == "13 00 00 01 11 70 00 0c"
    script.says = [reader_answers.encode_answer((reader_answers.VendApproved(69_000),), wide)]
    script.play(lambda: len(told) == 2)
    assert told[1] == Authorised(sale=1, amount_minor=69_000, reference="mdb:69000")
    unit.settle(Settle(sale=1, amount_minor=69_000, reference="mdb:69000"), script.now)
    script.play(lambda: len(told) == 3)
    assert told[2] == Settled(sale=1, amount_minor=69_000)
    unit.report_cash_sale(250, "12")
    script.play(lambda: "13 05 00 00 00 fa 00 0c 19 78" in script.sent)


def test_a_vend_token_pays_the_price_asked() -> None:
    told: list[Any] = []
    script = reader_script(reader.ALWAYS_IDLE, told)
    unit = script.unit
    assert isinstance(unit, ReaderUnit)
    script.says = [b"\x00"]
    script.play(lambda: unit.state == READY)
    unit.authorise(Authorise(sale=1, amount_minor=150))
    script.play(lambda: unit.talk == talk.ASKED)
    script.says = [bytes.fromhex("05FFFF")]
    script.play(lambda: bool(told))
    assert told == [Authorised(sale=1, amount_minor=150, reference="mdb:150")]


def test_a_reader_that_never_ends_its_session_is_reset() -> None:
    script = reader_script(0, [])
    unit = script.unit
    assert isinstance(unit, ReaderUnit)
    script.says = [b"\x00"]
    script.play(lambda: unit.state == READY)
    script.says = [bytes.fromhex("03FFFF" + "00" * 7)]
    script.play(lambda: unit.talk == talk.SESSION)
    script.says = [b"\x04"]
    script.play(lambda: "13 04" in script.sent)
    script.play(lambda: unit.state == STARTING, steps=300)
    assert script.sent[-1] == "10"


@pytest.mark.parametrize(
    ("lane", "item"),
    [
        ("12", 12),
        ("A3", 103),
        ("b12", 212),
        ("Z99", 2699),
        *((odd, 0xFFFF) for odd in ("", "A", "AB1", "Ä1")),
    ],
)
def test_a_lane_is_a_number_for_the_reader(lane: str, item: int) -> None:
    assert talk.item_number(lane) == item


def test_a_foreign_reference_does_not_say_an_amount() -> None:
    assert talk.referred_minor("mdb:250", 7) == 250
    assert talk.referred_minor("pay-250", 7) == 7
    assert talk.referred_minor("mdb:", 7) == 7


wise = st.one_of(
    st.sampled_from(
        [
            changer.encode_answer(changer.Setup(3, 0x1978, Scaling(5, 2), 0xF, (1, 2, 4, 10))),
            validator_answers.encode_answer(
                validator_answers.Setup(1, 0x1978, Scaling(100, 2), 600, 0, True, (5, 10, 20))
            ),
            bytes.fromhex("01031978010205 0F"),
            bytes.fromhex("000010101010"),
            *(bytes([code]) for code in range(20)),
            bytes.fromhex("050064"),
            bytes.fromhex("0AC0"),
            bytes.fromhex("5105"),
            bytes.fromhex("90"),
            bytes.fromhex("80"),
        ]
    ),
    st.binary(max_size=35),
)
turns = st.lists(st.one_of(st.none(), st.just(b""), wise), max_size=120)
ORDERS: list[Callable[[ChangerUnit, ValidatorUnit, ReaderUnit, float], None]] = [
    lambda coins, bills, cards, now: coins.accept(None),
    lambda coins, bills, cards, now: bills.accept(None),
    lambda coins, bills, cards, now: coins.pay_out(PayOut(sale=int(now), amount_minor=55)),
    lambda coins, bills, cards, now: coins.count(),
    lambda coins, bills, cards, now: bills.keep(now),
    lambda coins, bills, cards, now: bills.give_back(now),
    lambda coins, bills, cards, now: cards.authorise(Authorise(sale=int(now), amount_minor=50)),
    lambda coins, bills, cards, now: cards.settle(Settle(sale=int(now), amount_minor=50, reference=""), now),
    lambda coins, bills, cards, now: cards.settle(Settle(sale=int(now), amount_minor=0, reference=""), now),
    lambda coins, bills, cards, now: cards.lever(now),
    lambda coins, bills, cards, now: cards.report_cash_sale(50, "A1"),
]


def ready_units() -> tuple[ChangerUnit, ValidatorUnit, ReaderUnit]:
    """All three set up and waiting."""
    coins, bills, _ = units()
    cards = reader_script(reader.ALWAYS_IDLE, [])
    assert isinstance(cards.unit, ReaderUnit)
    coin_setup = changer.encode_answer(changer.Setup(3, 0x1978, Scaling(5, 2), 0xF, (1, 2, 4, 10)))
    bill_setup = validator_answers.encode_answer(
        validator_answers.Setup(1, 0x1978, Scaling(100, 2), 600, 0, True, (5, 10, 20))
    )
    scripts = (
        Script(coins, {b"\x09": coin_setup, b"\x0a": bytes.fromhex("000010101010")}),
        Script(bills, {b"\x31": bill_setup, b"\x36": b"\x00\x05"}),
        cards,
    )
    for script, says in zip(scripts, (b"\x0b", b"\x06", b"\x00"), strict=True):
        script.says = [says]
        script.play(lambda unit=script.unit: unit.state == READY)  # type: ignore[misc]
    return coins, bills, cards.unit


@settings(max_examples=200)
@given(turns, st.lists(st.sampled_from(range(len(ORDERS))), min_size=1, max_size=20))
def test_whatever_peripherals_answer_nothing_breaks_or_grows(
    answers: list[bytes | None], orders: list[int]
) -> None:
    coins, bills, cards = ready_units()
    now = 100.0
    for turn, answer in enumerate(answers):
        ORDERS[orders[turn % len(orders)]](coins, bills, cards, now)
        for unit in (coins, bills, cards):
            block = unit.next(now)
            if block is not None:
                assert block[0] & 0xF8 in (0x08, 0x10, 0x30)
                unit.heard(answer, now)
            unit.tick(now)
        assert len(coins._waiting) <= PAYOUTS_MAX
        assert len(cards._waiting) <= REQUESTS_MAX
        assert len(cards._cash_sales) <= REQUESTS_MAX
        now += 0.125 + turn % 7
