"""Keypads: choices told as they were made, and customers told how it ended."""

from __future__ import annotations

import pytest

from hardware.contract.keypad import LanesChosen, Served
from tests.hardware.contract.hands import KeypadHands
from tests.hardware.contract.rig import Rig


@pytest.mark.on_a_wall_clock_too
async def test_a_choice_is_told_once(keypad: Rig[KeypadHands]) -> None:
    keypad.hands.choose("A3")
    assert (await keypad.event(LanesChosen)).lanes == ("A3",)
    await keypad.quiet(LanesChosen, seconds=5.0)


async def test_lanes_are_told_in_order_and_one_may_stand_twice(keypad: Rig[KeypadHands]) -> None:
    keypad.hands.choose("B1", "A3", "B1")
    assert (await keypad.event(LanesChosen)).lanes == ("B1", "A3", "B1")


@pytest.mark.parametrize(
    ("vended", "refused", "why"), [(1, 0, ""), (1, 1, "jam"), (0, 1, "sold out"), (0, 0, "")]
)
async def test_a_customer_is_told_how_it_ended_and_the_next_one_chooses(
    keypad: Rig[KeypadHands], vended: int, refused: int, why: str
) -> None:
    for number, lane in enumerate(("A1", "A2"), 1):
        keypad.hands.choose(lane)
        chosen = await keypad.event(LanesChosen)
        assert chosen.lanes == (lane,)
        keypad.order("keypad", Served(customer=chosen.customer, vended=vended, refused=refused, why=why))
        await keypad.until(lambda number=number: keypad.hands.customers_served == number)  # type: ignore[misc]


@pytest.mark.needs("customers")
async def test_customers_are_counted_and_say_how_they_will_pay(keypad: Rig[KeypadHands]) -> None:
    keypad.hands.choose("A1")
    keypad.hands.choose("A2")
    assert await keypad.event(LanesChosen) == LanesChosen(customer=1, lanes=("A1",), tender="cash")
    await keypad.quiet(LanesChosen)
    keypad.order("keypad", Served(customer=1, vended=1, refused=0))
    assert await keypad.event(LanesChosen) == LanesChosen(customer=2, lanes=("A2",), tender="cash")


@pytest.mark.without("customers")
async def test_a_keypad_that_counts_no_customers_leaves_the_tender_open(keypad: Rig[KeypadHands]) -> None:
    keypad.hands.choose("A1")
    keypad.hands.choose("A2")
    told = [await keypad.event(LanesChosen) for _ in range(2)]
    assert [(each.customer, each.lanes, each.tender) for each in told] == [(0, ("A1",), ""), (0, ("A2",), "")]


async def test_after_a_restart_choices_are_told(keypad: Rig[KeypadHands]) -> None:
    await keypad.restart()
    keypad.hands.choose("A3")
    assert (await keypad.event(LanesChosen)).lanes == ("A3",)
