"""A switch on the street that cuts sites' links to their office, and mends them."""

from __future__ import annotations

from collections import Counter

from runtime.actor import Actor, handles
from runtime.message import order
from simulator.faults.network import FaultyNetwork


@order("street.cut_links")
class CutLinks:
    """These sites' links carry nothing from now on."""

    links: tuple[str, ...]


@order("street.mend_links")
class MendLinks:
    """These sites' links carry again, unless something else keeps them cut."""

    links: tuple[str, ...]


class LinkSwitch(Actor):
    """Cuts links of one network; a link cut twice is mended twice."""

    __slots__ = ("_cuts", "network")

    def __init__(self, network: FaultyNetwork) -> None:
        self.network = network
        self._cuts: Counter[str] = Counter()

    @handles(CutLinks)
    def cut(self, order: CutLinks) -> None:
        """From now on."""
        self._cuts.update(order.links)
        self.network.cut.update(order.links)

    @handles(MendLinks)
    def mend(self, order: MendLinks) -> None:
        """From now on."""
        self._cuts.subtract(order.links)
        self.network.cut.difference_update(link for link in order.links if self._cuts[link] <= 0)
