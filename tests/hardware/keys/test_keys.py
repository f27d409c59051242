"""A keypad that types lines, over memory streams in virtual time."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from hardware.contract.keypad import LanesChosen, Served
from hardware.contract.presence import DeviceFound
from hardware.driver import Frame
from hardware.keys.codec import LINE_BYTES_MAX, Typed, encode, splitter
from hardware.keys.driver import KeysDriver
from hardware.splitter import Refused


def chosen(data: bytes) -> list[tuple[str, ...] | str]:
    """Lanes of each line, and why the others were refused."""
    events = splitter().feed(data)
    return [event.why or event.lanes for event in events if isinstance(event, Typed)]


def test_a_line_is_the_lanes_chosen() -> None:
    assert chosen(b"A3\r") == [("A3",)]
    assert chosen(b"a3, b1 A3\n") == [("A3", "B1", "A3")]


def test_an_empty_line_chooses_nothing() -> None:
    assert chosen(b"A3\r\n") == [("A3",), ()]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"A3 *\r", "a lane must be at most 8 letters and digits, not '*'"),
        (b"\xe43\r", "a lane must be at most 8 letters and digits, not 'Ä3'"),
        (b"A3LONGERTHANANY\r", "a lane must be at most 8 letters and digits, not 'A3LONGERTHANANY'"),
        (b"1 2 3 4 5 6 7 8 9\r", "a line must have at most 8 lanes, not 9"),
    ],
)
def test_a_line_that_is_no_choice_is_refused_as_a_whole(line: bytes, why: str) -> None:
    assert chosen(line + b"A3\r") == [why, ("A3",)]


def test_a_line_without_end_does_not_grow() -> None:
    cutter = splitter()
    for _ in range(1000):
        cutter.feed(b"A" * 100)
    assert (
        sum(len(event.raw) for event in cutter.silence() if isinstance(event, Refused)) < 2 * LINE_BYTES_MAX
    )


@given(st.lists(st.binary(max_size=20), max_size=20))
def test_any_split_gives_the_same_choices(chunks: list[bytes]) -> None:
    cutter, whole = splitter(), splitter()
    parts = [event for chunk in chunks for event in cutter.feed(chunk)]
    assert [e for e in parts if isinstance(e, Typed)] == [
        e for e in whole.feed(b"".join(chunks)) if isinstance(e, Typed)
    ]


def test_what_is_shown_is_one_short_line() -> None:
    assert encode("SORRY 1: jam") == b"SORRY 1: jam\r\n"
    assert encode("é\r\n" + "x" * 100) == b"?  " + b"x" * 37 + b"\r\n"


async def test_a_customer_chooses_and_is_thanked(autojump_clock: trio.testing.MockClock) -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    driver, told, seen = KeysDriver(), list[tuple[str, object]](), list[Frame]()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(driver.run, ours, lambda device, event: told.append((device, event)), seen.append)
        await theirs.send_all(b"A3 \rnot a lane!\rB1\r")
        await trio.sleep(1)
        driver.order("keypad", Served(customer=0, vended=1, refused=1, why="jam"))
        driver.order("keypad", Served(customer=0, vended=0, refused=0))
        await trio.sleep(1)
        shown = await theirs.receive_some()
        nursery.cancel_scope.cancel()
    assert [event for _, event in told] == [
        DeviceFound(device="keypad"),
        LanesChosen(customer=0, lanes=("A3",), tender=""),
        LanesChosen(customer=0, lanes=("B1",), tender=""),
    ]
    assert bytes(shown) == b"THANK YOU 1 SORRY 1: jam\r\nGOODBYE\r\n"
    assert [frame.text[:6] for frame in seen][:2] == ["chosen", "? a la"]


async def test_a_keypad_that_is_pulled_out_breaks_the_run(autojump_clock: trio.testing.MockClock) -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    await theirs.aclose()
    with pytest.raises(trio.BrokenResourceError, match="the wire ended"):
        await KeysDriver().run(ours, lambda device, event: None)
