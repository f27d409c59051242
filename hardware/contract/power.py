"""A machine's power: mains lost and back, and starting it anew."""

from runtime.message import event, order


@event("power.lost")
class PowerLost:
    """Mains power is gone; the machine runs on what its supply still holds."""


@event("power.restored")
class PowerRestored:
    """Mains power is back."""


@order("power.reboot")
class Reboot:
    """Start the machine's devices anew; answered by ``Rebooted``."""


@event("power.rebooted")
class Rebooted:
    """The devices have started and answer."""
