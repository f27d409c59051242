"""Every error Hawker raises on purpose, and who has to act on it."""

from __future__ import annotations

import attrs


class HawkerError(Exception):
    """The root: anything raised on purpose. Its text names the thing, the rule and the value."""


class ConfigError(HawkerError):
    """A file or setting is wrong; the person who wrote it mends it (exit code 2)."""


class ProtocolError(HawkerError):
    """The other side broke the rules of a wire or a message."""


class DeviceUnavailable(HawkerError):
    """A device does not answer now; trying again may help."""


class Refused(HawkerError):
    """The person or node may not do this, or not now. Nothing was changed."""


class LedgerError(HawkerError):
    """The books do not hold; stop and look."""


class DiskFull(LedgerError):
    """The disk has no room. Nothing of the transaction was kept; it may be tried again once there is room."""


@attrs.frozen
class Fault:
    """A handler that raised: which actor, on what message, and why."""

    address: str
    message: object
    error: Exception
