"""What else is in a machine's cabinet: the display, and the supply that starts its devices anew."""

from __future__ import annotations

from hardware.contract.display import ShowText
from hardware.contract.power import PowerLost, PowerRestored, Reboot, Rebooted
from runtime.actor import Actor, handles
from runtime.address import head
from runtime.message import order

BOOT_SECONDS = 20.0
"""From the order until the devices answer again (estimate)."""


@order("street.cut_mains")
class CutMains:
    """The mains fail for so long."""

    seconds: float


class Display(Actor):
    """Shows one text at a time.

    Attributes:
        text: what it shows; "" its own greeting.
    """

    __slots__ = ("text",)

    def __init__(self) -> None:
        self.text = ""

    @handles(ShowText)
    def show(self, order: ShowText) -> None:
        """Show another text."""
        self.text = order.text


class Power(Actor):
    """Tells when the mains fail and are back, and starts the devices anew.

    Attributes:
        reboots: how often it did.
    """

    __slots__ = ("reboots",)

    def __init__(self) -> None:
        self.reboots = 0

    @handles(Reboot)
    def reboot(self, _: Reboot) -> None:
        """Say so once the devices answer again."""
        self.reboots += 1
        self._tell_later(BOOT_SECONDS, Rebooted())

    @handles(CutMains)
    def cut(self, cut: CutMains) -> None:
        """Tell of the loss, and later of the return."""
        self._tell_later(0.0, PowerLost())
        self._tell_later(cut.seconds, PowerRestored())

    def _tell_later(self, seconds: float, event: object) -> None:
        machine = self.reach(head(self.address))
        self.kernel.later(self.now + round(seconds * 1_000_000), machine, event)
