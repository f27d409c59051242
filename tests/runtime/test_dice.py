from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.dice import Dice, address_key

THROWS = 4000


def test_the_first_numbers_are_those_of_splitmix64() -> None:
    dice = Dice(1234567)
    assert [dice.bits() for _ in range(3)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


def test_the_same_seed_and_address_give_the_same_numbers_and_others_do_not() -> None:
    first, same, other, later = (
        [Dice(address_key(seed, address)).bits() for _ in range(1)]
        for seed, address in ((7, "hk-1"), (7, "hk-1"), (7, "hk-2"), (8, "hk-1"))
    )
    assert first == same
    assert len({*first, *other, *later}) == 3


@given(st.integers(0, 2**64 - 1), st.integers(0, 50))
def test_dice_go_on_from_the_number_of_draws(key: int, draws: int) -> None:
    dice = Dice(key)
    for _ in range(draws):
        dice.bits()
    assert Dice(key, draws).bits() == dice.bits()


@given(st.integers(0, 2**64 - 1), st.integers(1, 10**6))
def test_numbers_stay_within_their_bounds(key: int, n: int) -> None:
    dice = Dice(key)
    assert 0.0 <= dice.uniform() < 1.0
    assert 0 <= dice.below(n) < n
    assert dice.exponential(3.0) >= 0.0


def test_means_are_as_promised() -> None:
    dice = Dice(address_key(1, "mean"))
    assert sum(dice.uniform() for _ in range(THROWS)) / THROWS == pytest.approx(0.5, abs=0.03)
    assert sum(dice.exponential(9.0) for _ in range(THROWS)) / THROWS == pytest.approx(9.0, rel=0.1)
    counts = [0] * 6
    for _ in range(THROWS):
        counts[dice.below(6)] += 1
    assert min(counts) > THROWS / 6 * 0.8
