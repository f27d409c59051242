"""What every device tells of itself: the door, and whether it answers at all."""

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
