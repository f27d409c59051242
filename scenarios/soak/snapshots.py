"""Snapshots of a soaked chain's nodes: in parts minutes apart, as live nodes take them between turns."""

from __future__ import annotations

from runtime.snapshot_parts import Taking
from runtime.world import World
from runtime.world_members import Site

PART_ACTORS = 6
"""A gateway of two machines has eight actors with state: its parts are of different moments."""


class Snapshots:
    """Takes them into the journals, from which a restarted node begins."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._takings: dict[str, tuple[int, Taking]] = {}

    def go_on(self) -> None:
        """Take the next part of every node that runs; begin anew after the last one, and after a restart."""
        for name, site in self._world.sites.items():
            if site.up:
                self._part(name, site)

    def _part(self, name: str, site: Site) -> None:
        life, taking = self._takings.get(name, (0, None))
        if taking is None or taking.done or life != site.lives:
            taking = Taking(site.kernel)
            self._takings[name] = site.lives, taking
        site.journal.save_part(taking.seq, taking.parts, taking.part(PART_ACTORS))
        if taking.done:
            site.journal.complete_snapshot(taking.seq, taking.parts, site.kernel.seq)
