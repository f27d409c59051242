"""What a node says of itself: its disk is full or damaged, its numbering began a new epoch.

Every node has this actor at ``health``. Actors that begin things that cost facts (a machine, a till) handle
``Hold`` and ``GoOn``: while held they finish what is open and begin nothing.
"""

from __future__ import annotations

from runtime.actor import Actor, applies, handles
from runtime.message import event, fact, order

ADDRESS = "health"
DAYS_KNOWN = 8
"""Files that a start may tell again."""


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


@event("node.integrity_checked")
class IntegrityChecked:
    """The daily check's word. ``of``: the node for its journal, or "ledger"; ``wrong``: "" if it holds."""

    of: str
    wrong: str


@fact("node.damage_found")
class DamageFound:
    """A journal or the ledger is not as it was written: bit rot, or somebody's hand. Somebody has to look.

    Attributes:
        of: the node for its journal, or "ledger".
        wrong: the first thing that was found.
    """

    of: str
    wrong: str


@fact("node.damage_mended")
class DamageMended:
    """A later check found it whole again."""

    of: str


@event("node.day_kept")
class DayKept:
    """The node's loop to its health: a recording's file has ended. Fields as in ``DayRecorded``."""

    file: str
    date: str
    bytes: int
    after_seq: int
    upto_seq: int
    whole: bool


@fact("node.day_recorded")
class DayRecorded:
    """A file of the node's recording has ended; the ledger so keeps the index of all recordings.

    Attributes:
        file: its name in the node's folder.
        date: the business day, ISO.
        bytes: its size.
        after_seq, upto_seq: the node's last fact before it and the last before the next file.
        whole: it ended in order; a crash leaves one that may lack the last of its facts.
    """

    file: str
    date: str
    bytes: int
    after_seq: int
    upto_seq: int
    whole: bool


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
        damaged: what the last check found damaged.
        days: names of recordings' files told last.
    """

    __slots__ = ("damaged", "days", "epoch", "full")
    durable = ("full", "epoch", "damaged", "days")
    full: bool
    epoch: int
    damaged: list[str]
    days: list[str]

    def __init__(self) -> None:
        self.full = False
        self.epoch = 1
        self.damaged = []
        self.days = []

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

    @handles(IntegrityChecked)
    def checked(self, found: IntegrityChecked) -> None:
        """Say it when it changes."""
        if found.wrong and found.of not in self.damaged:
            self.record(DamageFound(of=found.of, wrong=found.wrong))
        elif not found.wrong and found.of in self.damaged:
            self.record(DamageMended(of=found.of))

    @handles(DayKept)
    def day_kept(self, kept: DayKept) -> None:
        """Say it once a file."""
        if kept.file not in self.days:
            self.record(
                DayRecorded(
                    file=kept.file,
                    date=kept.date,
                    bytes=kept.bytes,
                    after_seq=kept.after_seq,
                    upto_seq=kept.upto_seq,
                    whole=kept.whole,
                )
            )

    @applies(DiskFilled)
    def _filled(self, _: DiskFilled) -> None:
        self.full = True

    @applies(DiskFreed)
    def _freed(self, _: DiskFreed) -> None:
        self.full = False

    @applies(EpochBegun)
    def _begun(self, fact: EpochBegun) -> None:
        self.epoch = fact.epoch

    @applies(DamageFound, DamageMended)
    def _damage(self, fact: DamageFound | DamageMended) -> None:
        others = [of for of in self.damaged if of != fact.of]
        self.damaged = [*others, fact.of] if isinstance(fact, DamageFound) else others

    @applies(DayRecorded)
    def _day(self, fact: DayRecorded) -> None:
        self.days = [*self.days, fact.file][-DAYS_KNOWN:]
