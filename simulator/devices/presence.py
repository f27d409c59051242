"""Whether a machine answers at all: it is lost at Poisson times and found after an exponential while."""

from __future__ import annotations

from hardware.contract.presence import DeviceFound, DeviceLost
from runtime.actor import Actor, handles
from runtime.address import Ref, head

_LOST = DeviceLost(device="machine")
_FOUND = DeviceFound(device="machine")


class Presence(Actor):
    """Tells a machine that all its devices stopped answering, and when they answer again.

    Attributes:
        lost: whether they are silent now.
        losses: how often they fell silent.
    """

    __slots__ = ("_machine", "loss_seconds_mean", "losses", "losses_per_day", "lost")

    def __init__(self, losses_per_day: float, loss_seconds_mean: float) -> None:
        self.losses_per_day = losses_per_day
        self.loss_seconds_mean = loss_seconds_mean
        self.lost = False
        self.losses = 0
        self._machine: Ref | None = None

    def resume(self) -> None:
        """Set the time of the first loss."""
        self._machine = self.reach(head(self.address))
        self.after(self.random.exponential(86_400.0 / self.losses_per_day), _LOST)

    @handles(DeviceLost)
    def lose(self, event: DeviceLost) -> None:
        """Fall silent, and set when they come back."""
        self.lost = True
        self.losses += 1
        self._tell(event)
        self.after(self.random.exponential(self.loss_seconds_mean), _FOUND)

    @handles(DeviceFound)
    def find(self, event: DeviceFound) -> None:
        """Answer again, and set the next loss."""
        self.lost = False
        self._tell(event)
        self.after(self.random.exponential(86_400.0 / self.losses_per_day), _LOST)

    def _tell(self, event: object) -> None:
        if self._machine is not None:
            self.tell(self._machine, event)
