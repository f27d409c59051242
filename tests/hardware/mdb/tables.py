"""The tables of hardware/mdb/README.md as the code has them.

``python -m tests.hardware.mdb.tables`` prints them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from hardware.mdb import life, payout, talk, validator_unit
from hardware.mdb.codec import changer, reader, reader_answers, validator


def states(title: str, rows: Mapping[tuple[str, str], str]) -> str:
    """A state table: each state once, with what happens in it."""
    lines = [f"### {title}", "", "| state | what happens → next state |", "|---|---|"]
    for state in dict.fromkeys(state for state, _ in rows):
        ways = "; ".join(f"{event} → **{after}**" for (at, event), after in rows.items() if at == state)
        lines.append(f"| {state} | {ways} |")
    return "\n".join(lines)


def words(title: str, classes: object) -> str:
    """Commands or messages with the first line of what they say."""
    lines = [f"### {title}", "", "| name | bytes, meaning |", "|---|---|"]
    for cls in get_args(classes):
        lines.append(f"| `{cls.__name__}` | {(cls.__doc__ or '').splitlines()[0]} |")
    return "\n".join(lines)


def all_tables() -> list[str]:
    """Every table of the README."""
    return [
        states("A peripheral's life", life.LIFE),
        states("A payout", payout.PAYOUT),
        states("The bill in escrow", validator_unit.ESCROW),
        states("One amount at the reader", talk.TALK),
        words("Commands to the changer (08)", changer.Command),
        words("Commands to the bill validator (30)", validator.Command),
        words("Commands to the reader (10, 60)", reader.Command),
        words("What the reader says", reader_answers.Message),
    ]


if __name__ == "__main__":
    print("\n\n".join(all_tables()))
