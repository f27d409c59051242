"""Change is exact whenever coins at hand can make it, in the fewest pieces, and soon."""

from __future__ import annotations

import time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.machine.change import acceptable, can_change, exact_change_only, make_change, returnable

HKD = {1000: 5, 500: 5, 200: 5, 100: 5, 50: 5}


def brute_force(tubes: dict[int, int], amount_minor: int) -> int | None:
    """The fewest pieces, by trying everything."""
    counts = product(*(range(count + 1) for count in tubes.values()))
    found = [
        sum(used) for used in counts if sum(v * n for v, n in zip(tubes, used, strict=True)) == amount_minor
    ]
    return min(found, default=None)


@given(tubes=st.dictionaries(st.integers(1, 60), st.integers(0, 4), max_size=5), amount=st.integers(0, 200))
def test_change_is_exact_and_has_the_fewest_pieces_of_all_ways(tubes: dict[int, int], amount: int) -> None:
    pieces = make_change(tubes, amount)
    fewest = brute_force(tubes, amount)
    assert can_change(tubes, amount) == (fewest is not None)
    if pieces is None:
        assert fewest is None
        return
    assert sum(value * count for value, count in pieces) == amount
    assert sum(count for _, count in pieces) == fewest
    assert all(0 < count <= tubes[value] for value, count in pieces)
    assert [value for value, _ in pieces] == sorted((value for value, _ in pieces), reverse=True)


def test_greatest_coins_first_is_not_always_the_way() -> None:
    assert make_change({25: 1, 10: 3}, 30) == ((10, 3),)
    assert make_change({500: 1, 200: 3}, 600) == ((200, 3),)
    assert make_change({25: 1, 20: 2, 5: 3}, 40) == ((20, 2),)


@pytest.mark.parametrize("amount", [-50, 30, 10_050])
def test_what_no_coins_make_is_none(amount: int) -> None:
    assert make_change(HKD, amount) is None


def test_nothing_is_made_of_nothing() -> None:
    assert make_change({}, 0) == ()
    assert make_change({}, 50) is None


def test_the_hardest_question_is_answered_soon() -> None:
    tubes = {value: 255 for value in range(1, 17)}
    began = time.perf_counter()
    pieces = make_change(tubes, 10_000)
    assert pieces is not None
    assert sum(count for _, count in pieces) == 255 + 255 + 149 + 1  # of 16, 15, 14, and a 9
    assert time.perf_counter() - began < 2.0


def test_only_pieces_whose_change_can_be_made_may_go_in() -> None:
    values = (5000, 2000, 1000, 500, 200, 100, 50)
    assert acceptable(HKD, values, 800) == values
    low = {1000: 0, 500: 0, 200: 1, 100: 0, 50: 0}
    assert acceptable(low, values, 800) == (1000, 500, 200, 100, 50)
    assert exact_change_only(values, acceptable(low, values, 800))
    assert not exact_change_only(values, acceptable(HKD, values, 800))
    assert acceptable({}, values, 30) == ()


def test_before_a_choice_only_what_can_come_back_may_go_in() -> None:
    values = (5000, 2000, 1000, 500)
    assert returnable({1000: 2, 500: 0}, values) == (2000, 1000, 500)
