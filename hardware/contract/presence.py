"""What every device tells of itself: door, power, and whether it answers at all."""

from runtime.message import event


@event("device.lost")
class DeviceLost:
    """A device stopped answering. ``device`` is its name in the machine, e.g. "board" or "cashless"."""

    device: str


@event("device.found")
class DeviceFound:
    """A lost device answers again."""

    device: str


@event("door.opened")
class DoorOpened:
    """The machine's door is open."""


@event("door.closed")
class DoorClosed:
    """The machine's door is shut."""


@event("power.lost")
class PowerLost:
    """Mains power is gone; the machine runs on what its supply still holds."""


@event("power.restored")
class PowerRestored:
    """Mains power is back."""
