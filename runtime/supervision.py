"""Supervision, in Erlang's words: what to make anew when a handler raises, and when to give up.

A handler that raises leaves the facts it had recorded standing; the actor is made anew from its facts and
gets ``Started`` before anything else, exactly as after a power cut. More than ``INTENSITY`` faults within
``PERIOD_US`` of one actor restart its parent and all below it; more than that of the parent stop the
node. A message that keeps failing is set aside before that (``runtime.quarantine``).

Actors are permanent (made anew, and never end), transient (made anew after a fault, but may end by
themselves) or temporary (dropped after a fault). An actor that has ended or was dropped stays away when its
parent is made anew. A permanent one that tries to end raises, and so counts as a fault, as in Erlang.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from runtime.address import head
from runtime.errors import Fault, HawkerError
from runtime.message import fact

INTENSITY = 5
PERIOD_US = 60_000_000
ERROR_CHARACTERS_MAX = 200


@fact("actor.restarted")
class ActorRestarted:
    """An actor raised on a message and was made anew; the message is dropped.

    Attributes:
        message: the name of its class.
        error: what was raised, cut short.
    """

    message: str
    error: str


def cut(text: str) -> str:
    """Text for a fact: short, and such that it can always be encoded."""
    return text[:ERROR_CHARACTERS_MAX].encode("utf-8", "backslashreplace").decode()


def restarted(fault: Fault) -> ActorRestarted:
    """The fact about a fault."""
    error = cut(f"{type(fault.error).__name__}: {fault.error}")
    return ActorRestarted(message=type(fault.message).__name__, error=error)


class NodeStopped(HawkerError):
    """Restarting did not help; the node stops and says why."""


class Supervisor:
    """Counts faults by address and decides how much to make anew."""

    def __init__(self) -> None:
        self._faults: dict[str, deque[int]] = {}

    def to_restart(self, fault: Fault, now_us: int, addresses: Iterable[str]) -> list[str]:
        """Addresses to make anew after this fault; raises NodeStopped when it happens too often."""
        if not self._too_often(fault.address, now_us):
            return [fault.address]
        parent = head(fault.address)
        if parent == fault.address or self._too_often(parent, now_us):
            raise NodeStopped(
                f"{fault.address} failed more than {INTENSITY} times in {PERIOD_US // 1_000_000} s: "
                f"{fault.error!r}"
            ) from fault.error
        return [a for a in addresses if a == parent or a.startswith(parent + "/")]

    def _too_often(self, address: str, now_us: int) -> bool:
        times = self._faults.setdefault(address, deque(maxlen=INTENSITY + 1))
        times.append(now_us)
        return len(times) > INTENSITY and times[0] > now_us - PERIOD_US
