"""How a page's wish becomes a command: handed to the office's desk, which runs it once and records it."""

from __future__ import annotations

from console.host import Host
from console.state.command_book import ASKER
from runtime import wire
from runtime.command import Issue

SECONDS_MAX = 600
"""How long an operator's command stays good, by the chain's clock (ten seconds at 60 times)."""


def issue(
    host: Host, to: str, command: object, *, by: str, group: str = "", seconds: int = SECONDS_MAX
) -> None:
    """Have the office's command desk run a command once and keep a record of it.

    Args:
        host: the running chain.
        to: address it is for.
        command: what is to be done.
        by: the person's name, which the command's facts carry.
        group: what it belongs to, of several given at once.
        seconds: how long it stays good.
    """
    expires_at_us = host.now_us() + seconds * 1_000_000
    asked_by = "/".join(part for part in (ASKER, by, group) if part)
    body = wire.encode(command)
    host.tell("commands", Issue(to=to, body=body, expires_at_us=expires_at_us, asked_by=asked_by))
