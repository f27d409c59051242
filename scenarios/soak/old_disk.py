"""A node that is started with an older copy of its disk: it must be told, stop, and get its own disk back."""

from __future__ import annotations

from collections.abc import Callable

from runtime.world import World
from simulator.faults.disk import FaultyDisk
from simulator.faults.network import CALM, FaultyNetwork

NOTICED_SECONDS = 30
"""A calm link tells it in milliseconds."""
CALM_LOOKS = 2
"""One after the other; between two, an office may have been away for a moment."""
FACTS_BACK = 8
"""The copy lacks so many of the newest facts."""


class OldDisks:
    """Puts old disks in, and the right ones back.

    Args:
        position: number of the last fact of a node that the office has stored.
        wrong: told what should have been noticed and was not.

    Attributes:
        right: the newest disks of nodes that run with an old one now.
    """

    def __init__(
        self,
        world: World,
        network: FaultyNetwork,
        position: Callable[[str], int],
        wrong: Callable[[str], None],
    ) -> None:
        self.right: dict[str, FaultyDisk] = {}
        self._world = world
        self._network = network
        self._calm_looks: dict[str, int] = {}
        self._position = position
        self._wrong = wrong

    def put_in(self, name: str) -> bool:
        """Give a node that is down an old copy; whether it could be noticed at once if it starts so."""
        site = self._world.sites[name]
        disk = site.journal
        assert isinstance(disk, FaultyDisk)
        kept = disk.head()[0] - FACTS_BACK
        if not (self._is_calm(name) and 0 < kept < self._position(name)):
            return False
        self._calm_looks[name] = 0
        copy = FaultyDisk(name)
        copy.commit(disk.read(0, kept))
        self.right[name], site.journal = disk, copy
        return True

    def put_back(self, name: str) -> bool:
        """Give a node that is down its own disk; whether it had not."""
        disk = self.right.pop(name, None)
        if disk is not None:
            self._world.sites[name].journal = disk
        return disk is not None

    def _is_calm(self, name: str) -> bool:
        network = self._network
        calm = name not in network.cut and network.weather.get(name, CALM) is CALM
        return calm and self._world.office.up

    def look(self, name: str) -> bool:
        """By now the node must have been stopped, if the link was calm; else another look is needed."""
        if name not in self.right:
            return False
        looks = self._calm_looks[name] = self._calm_looks[name] + 1 if self._is_calm(name) else 0
        if looks == CALM_LOOKS:
            rule = f"an old copy of its disk must be noticed within {NOTICED_SECONDS} s"
            self._wrong(f"{name}: {rule}, it was not")
        return looks < CALM_LOOKS
