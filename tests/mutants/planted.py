"""What a planted bug is: a function that changes real behaviour the way a careless programmer would."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from actors.machine import sale_table

Plant = Callable[[pytest.MonkeyPatch], None]


@attrs.frozen
class Planted:
    """A bug that can be planted.

    Attributes:
        plant: does it; undone with its MonkeyPatch.
        seed: a soak of this seed shows it.
        shows: the invariant that is then violated; "stopped": the chain could not go on.
    """

    plant: Plant
    seed: int
    shows: str

    @property
    def name(self) -> str:
        """In plain words."""
        return self.plant.__name__.replace("_", " ")


PLANTED: list[Planted] = []
"""All of them, in the order of their files."""


def planted(seed: int, shows: str) -> Callable[[Plant], Plant]:
    """Put a bug on the list."""

    def listed(plant: Plant) -> Plant:
        PLANTED.append(Planted(plant, seed, shows))
        return plant

    return listed


def exchange(patch: pytest.MonkeyPatch, step: sale_table.Step, other: sale_table.Step) -> None:
    """Put another step into the sale's table wherever one stands."""
    for rows in sale_table.STEPS.values():
        for message, taken in rows.items():
            if taken is step:
                patch.setitem(rows, message, other)
