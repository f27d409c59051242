"""Whether the device behind a driver answers, told once each way."""

from __future__ import annotations

import attrs

from hardware.contract.presence import DeviceFound, DeviceLost
from hardware.driver import Tell


@attrs.define
class Presence:
    """Says ``DeviceLost`` and ``DeviceFound`` of the devices behind one wire, never twice in a row.

    Attributes:
        devices: their names, e.g. ("board",).
        tell: takes the events.
        answers: None until it was first heard of or given up.
    """

    devices: tuple[str, ...]
    tell: Tell
    answers: bool | None = None

    def heard(self) -> bool:
        """It answered; return whether it had been given up before."""
        if self.answers:
            return False
        was_lost = self.answers is False
        self.answers = True
        for device in self.devices:
            self.tell(device, DeviceFound(device=device))
        return was_lost

    def silent(self) -> bool:
        """It did not answer long enough; return whether that is news."""
        if self.answers is False:
            return False
        self.answers = False
        for device in self.devices:
            self.tell(device, DeviceLost(device=device))
        return True
