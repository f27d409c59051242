"""A new epoch: what a node does after its disk turned out to be older than what the office has, or a copy.

The node that was told of the fork stops, and notes it. The next start begins a new epoch, at most once an
hour: two machines that run under one name would otherwise outbid each other for ever. The journal stays as it
is; only the link begins anew, at the last fact that both ends have alike.
"""

from __future__ import annotations

from collections.abc import Callable

from runtime.errors import LedgerError
from runtime.journal import Journal

PAUSE_US = 3_600_000_000
"""Not sooner after the last new epoch; somebody has to look first."""
_FORKED = "forked"
_BEGUN = "epoch begun"


def note_fork(journal: Journal, heard_epoch: int) -> None:
    """Durably note that the office has other facts, and the newest epoch heard of."""
    journal.note(_FORKED, b"%d" % heard_epoch)


def begin_if_forked(name: str, journal: Journal, wall_us: int) -> bool:
    """Begin a new epoch if the last run ended in a fork; return whether one began.

    Raises LedgerError when the last one is less than an hour old.
    """
    if not (heard := journal.noted(_FORKED)):
        return False
    begin(name, journal, int(heard), wall_us)
    journal.note(_FORKED, b"")
    return True


def begin(name: str, journal: Journal, heard_epoch: int, wall_us: int) -> None:
    """Begin an epoch newer than the journal's and the one heard of.

    Args:
        name: of the node, for the error.
        journal: the node's.
        heard_epoch: the newest the office knows.
        wall_us: the machine's clock.

    Raises LedgerError when the last new one is less than an hour old.
    """
    last_us = int(journal.noted(_BEGUN) or b"0")
    if 0 <= wall_us - last_us < PAUSE_US:
        minutes = (last_us + PAUSE_US - wall_us) // 60_000_000
        raise LedgerError(
            f"{name}: a second fork within an hour: its name or its disk must be used by one machine only, "
            f"look for another; a new epoch begins at a start after {minutes} min"
        )
    journal.begin_epoch(max(journal.epoch, heard_epoch) + 1)
    journal.note(_BEGUN, b"%d" % wall_us)


def alike(journal: Journal, holds: Callable[[int, bytes], bool]) -> int:
    """The number of the last fact that the journal has and ``holds`` knows, 0 for none.

    Both are chains: where one fact is known, all before it are.
    """
    known, unknown = 0, journal.head()[0] + 1
    while unknown - known > 1:
        middle = (known + unknown) // 2
        if holds(middle, journal.read(middle - 1, 1)[0].chain):
            known = middle
        else:
            unknown = middle
    return known
