"""Addresses: names with slashes, as ``hk-0712/lane/A3``; the first part is the site or the thing itself."""

from __future__ import annotations

import re
from typing import NewType

from runtime.errors import ConfigError

Ref = NewType("Ref", int)
"""An address inside one kernel: a small integer. It means nothing outside that kernel."""

ADDRESS_CHARACTERS_MAX = 120
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def checked(address: str) -> str:
    """Return the address if it is well formed; raises ConfigError naming the rule."""
    if len(address) > ADDRESS_CHARACTERS_MAX:
        count = len(address)
        raise ConfigError(f"address must have at most {ADDRESS_CHARACTERS_MAX} characters, not {count}")
    if not all(_PART.fullmatch(part) for part in address.split("/")):
        raise ConfigError(f"address parts must be letters, digits, '.', '_' or '-', not {address!r}")
    return address


def head(address: str) -> str:
    """The first part: ``hk-0712`` of ``hk-0712/lane/A3``."""
    return address.partition("/")[0]


def tail(address: str) -> str:
    """The last part: ``A3`` of ``hk-0712/lane/A3``."""
    return address.rpartition("/")[2]
