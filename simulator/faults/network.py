"""A network between sites and their office that loses, doubles, delays and damages, all from one seed."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from typing import Any

import attrs

from runtime.dice import Dice, address_key
from runtime.kernel import FAR_FUTURE_US
from runtime.network import LATENCY_US, Receiver

SECOND_US = 1_000_000


@attrs.frozen(kw_only=True)
class Weather:
    """What a link does to each thing sent on it; shares are between 0 and 1.

    Attributes:
        loss, doubling, damage: share of things lost, sent twice, or changed in one byte.
        delay_seconds_max: everything takes up to so much longer, so later things may overtake earlier ones.
    """

    loss: float = 0.0
    doubling: float = 0.0
    damage: float = 0.0
    delay_seconds_max: float = 0.0


CALM = Weather()


class FaultyNetwork:
    """Keeps the world's network port. Without weather or cuts it is as good as the perfect one.

    Attributes:
        weather: by link; a link without any is calm.
        cut: links that carry nothing, not even what is on its way.
        counts: how many things were sent, lost, doubled, damaged and cut off.
        on_delivered: called with the link after each thing that arrived.
    """

    reliable = False

    def __init__(self, seed: int) -> None:
        self.weather: dict[str, Weather] = {}
        self.cut: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.on_delivered: Callable[[str], None] = lambda _: None
        self._dice = Dice(address_key(seed, "network"))
        self._numbered = 0
        self._waiting: list[tuple[int, int, str, Receiver, Any]] = []

    def send(self, now_us: int, link: str, receiver: Receiver, what: Any) -> None:
        """Send something either way on a site's link; it arrives never, once or twice."""
        self.counts["sent"] += 1
        weather = self.weather.get(link, CALM)
        if weather is CALM:
            self._on_its_way(now_us + LATENCY_US, link, receiver, what)
            return
        dice = self._dice
        if dice.uniform() < weather.loss:
            self.counts["lost"] += 1
            return
        copies = 1
        if dice.uniform() < weather.doubling:
            self.counts["doubled"] += 1
            copies = 2
        for _ in range(copies):
            arriving = self._damaged(what) if dice.uniform() < weather.damage else what
            delay_us = round(dice.uniform() * weather.delay_seconds_max * SECOND_US)
            self._on_its_way(now_us + LATENCY_US + delay_us, link, receiver, arriving)

    @property
    def waiting(self) -> int:
        """How many things are on their way."""
        return len(self._waiting)

    def _on_its_way(self, at_us: int, link: str, receiver: Receiver, what: Any) -> None:
        self._numbered += 1
        heapq.heappush(self._waiting, (at_us, self._numbered, link, receiver, what))

    def _damaged(self, what: Any) -> Any:
        """The same with one byte changed, where it is bytes; readings are not carried as bytes here."""
        match what:
            case bytes():
                place = self._dice.below(len(what))
                self.counts["damaged"] += 1
                return what[:place] + bytes((what[place] ^ 1 + self._dice.below(255),)) + what[place + 1 :]
            case (site, bytes() as frame):
                return site, self._damaged(frame)
        return what

    def next_at(self) -> int:
        """When something arrives next."""
        return self._waiting[0][0] if self._waiting else FAR_FUTURE_US

    def deliver(self) -> int:
        """Deliver the next thing, unless its link is cut; return the moment."""
        at_us, _, link, receiver, what = heapq.heappop(self._waiting)
        if link in self.cut:
            self.counts["cut off"] += 1
        else:
            receiver(at_us, what)
            self.on_delivered(link)
        return at_us
