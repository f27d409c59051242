"""What a node says of itself: that its disk is full, that its numbering began a new epoch.

Every node has this actor at ``health``. Actors that begin things that cost facts (a machine, a till) handle
``Hold`` and ``GoOn``: while held they finish what is open and begin nothing.
"""

from __future__ import annotations

from runtime.actor import Actor, applies, handles
from runtime.message import event, fact, order

ADDRESS = "health"


@event("node.disk_found")
class DiskFound:
    """The node's loop to its health: whether the journal's disk has room."""

    full: bool


@event("node.epoch_found")
class EpochFound:
    """The node's loop to its health, at every start: the journal's epoch, and the fact it went on after."""

    epoch: int
    after_seq: int


@fact("node.disk_filled")
class DiskFilled:
    """The disk is full and the ballast was given up; nothing new is begun here until there is room."""


@fact("node.disk_freed")
class DiskFreed:
    """There is room again, and the ballast is held."""


@fact("node.epoch_begun")
class EpochBegun:
    """The office held other facts under this node's numbers: its disk was restored or cloned.

    What both have alike stays as it is; what this node recorded since is told under the new epoch, and what
    only the office has stays there. Somebody has to look: money and stock of the two may differ.

    Attributes:
        epoch: the new one.
        after_seq: the last fact before the new epoch.
    """

    epoch: int
    after_seq: int


@order("node.hold")
class Hold:
    """Finish what is open, begin nothing new. ``why`` is for the person in front of it."""

    why: str


@order("node.go_on")
class GoOn:
    """What ``Hold`` was said for is over."""


class Health(Actor):
    """Tells every actor of its node that can be held when to hold, and the office why.

    Attributes:
        full: the disk is.
        epoch: of the journal.
    """

    __slots__ = ("epoch", "full")
    durable = ("full", "epoch")
    full: bool
    epoch: int

    def __init__(self) -> None:
        self.full = False
        self.epoch = 1

    @handles(DiskFound)
    def disk(self, found: DiskFound) -> None:
        """Hold or go on; a restart in between changes nothing."""
        if not (found.full or self.full):
            return
        if found.full != self.full:
            self.record(DiskFilled() if found.full else DiskFreed())
        for actor in self.kernel.actors:
            if isinstance(actor, Actor) and Hold in actor.handlers:
                self.tell(actor.ref, Hold(why="disk full") if found.full else GoOn())

    @handles(EpochFound)
    def epoch_found(self, found: EpochFound) -> None:
        """Say it once."""
        if found.epoch > self.epoch:
            self.record(EpochBegun(epoch=found.epoch, after_seq=found.after_seq))

    @applies(DiskFilled)
    def _filled(self, _: DiskFilled) -> None:
        self.full = True

    @applies(DiskFreed)
    def _freed(self, _: DiskFreed) -> None:
        self.full = False

    @applies(EpochBegun)
    def _begun(self, fact: EpochBegun) -> None:
        self.epoch = fact.epoch
