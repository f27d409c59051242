"""What an office knows of each node's link, and of the last daily check of its disk."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class LinkState:
    """A node's link, as its office sees it.

    Attributes:
        heard_us: when the node was last heard, by the chain's clock; 0 never.
        epoch: of the facts that are stored.
        facts: number of the last one that is stored.
        waiting: facts that the node was known to have beyond these.
        forked: why nothing more is taken in this epoch; "" while all is well.
    """

    node: str
    linked: bool
    heard_us: int
    epoch: int
    facts: int
    waiting: int = 0
    forked: str = ""


@attrs.frozen(kw_only=True)
class Checked:
    """The last daily check that ended: when by the chain's clock, of what, and what was wrong there."""

    at_us: int
    of: tuple[str, ...]
    wrong: tuple[tuple[str, str], ...]
