"""How many files and connections this process may hold open."""

from __future__ import annotations

import resource

WANTED = 16_384
"""A site holds three connections; strangers who say nothing hold theirs for five seconds."""


def allow_many() -> int:
    """Raise the soft limit as far as the hard one allows, up to WANTED; returns what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
