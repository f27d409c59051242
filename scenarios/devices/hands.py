"""Hands at a simulated peripheral: a line typed is a coin dropped, a key pressed, a card shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

import attrs
import trio

from runtime.errors import ConfigError
from simulator.peripherals.peripheral import Peripheral

LINE_BYTES_MAX = 200
NUMBER_MAX = 10_000_000
READ_BYTES = 4096


@attrs.frozen
class Hand:
    """One thing a hand can do.

    Attributes:
        does: path of the peripheral's method, e.g. "changer.drop_coin".
        takes: what stands behind the word, for people; "" for nothing.
        read: makes the method's argument of it.
    """

    does: str
    takes: str = ""
    read: Callable[[str], Any] = str


def number(text: str) -> int:
    """A whole number from 0; raises ConfigError."""
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= NUMBER_MAX and len(text) <= 8):
        raise ConfigError(f"must be a whole number from 0 to {NUMBER_MAX}, not {text[:20]!r}")
    return int(text)


_SPIRALS = {
    "jam": Hand("spirals.jam_next", "NUMBER", number),
    "stick": Hand("spirals.sticks_next", "NUMBER", number),
    "power": Hand("spirals.lose_power"),
}
HANDS: Mapping[str, Mapping[str, Hand]] = {
    "fafb": {
        "coin": Hand("insert_coin", "MINOR", number),
        "bill": Hand("insert_bill", "MINOR", number),
        "lever": Hand("pull_lever"),
        **_SPIRALS,
    },
    "adh814": _SPIRALS,
    "easivend": _SPIRALS,
    "dex": {"vend": Hand("vend", "LANE")},
    "keys": {"press": Hand("press", "LANES")},
    "mdb": {
        "coin": Hand("changer.drop_coin", "MINOR", number),
        "lever": Hand("changer.pull_lever"),
        "empty": Hand("changer.empty_tube", "MINOR", number),
        "bill": Hand("validator.feed_bill", "MINOR", number),
        "card": Hand("reader.present_card", "MINOR", number),
        "take": Hand("reader.remove_card"),
    },
}


def act(peripheral: Peripheral, line: str) -> None:
    """Do what a line says, such as ``coin 100``; an empty one does nothing. Raises ConfigError."""
    word, _, rest = line.strip().partition(" ")
    if not word:
        return
    known = HANDS.get(peripheral.kind, {})
    if (hand := known.get(word)) is None:
        words = ", ".join(f"{name} {each.takes}".rstrip() for name, each in known.items())
        raise ConfigError(
            f"a hand at {peripheral.kind} must do one of: {words or 'nothing'}; not {word[:20]!r}"
        )
    if bool(rest) != bool(hand.takes):
        raise ConfigError(f"{word}: must be {f'{word} {hand.takes}'.rstrip()!r}, not {line.strip()[:40]!r}")
    method = attrgetter(hand.does)(peripheral)
    try:
        method(*([hand.read(rest)] if hand.takes else []))
    except ConfigError as error:
        raise ConfigError(f"{word}: {error}") from error
    except (ValueError, KeyError) as error:
        raise ConfigError(f"{word}: {error}") from error


async def obey(peripheral: Peripheral, source: int, complain: Callable[[str], None]) -> None:
    """Do what is typed, line by line, until the end of input.

    Args:
        peripheral: whose hands these are.
        source: file descriptor of a terminal or pipe; of anything else nothing is read.
        complain: takes one line for each that could not be done.
    """
    waiting = b""
    while True:
        try:
            await trio.lowlevel.wait_readable(source)
        except OSError:
            return
        chunk = os.read(source, READ_BYTES)
        if not chunk:
            return
        *lines, waiting = (waiting + chunk).split(b"\n")
        waiting = waiting[-LINE_BYTES_MAX:]
        for line in lines:
            try:
                act(peripheral, line.decode("utf-8", "replace"))
            except ConfigError as error:
                complain(str(error))
