"""How a page's wish becomes a command: handed to the office's desk, which runs it once and records it."""

from __future__ import annotations

from console.host import Host
from runtime import wire
from runtime.command import Issue

SECONDS_MAX = 600
"""How long an operator's command stays good, by the chain's clock (ten seconds at 60 times)."""


def issue(host: Host, to: str, command: object) -> None:
    """Have the office's command desk run a command once and keep a record of it."""
    expires_at_us = host.now_us() + SECONDS_MAX * 1_000_000
    host.tell(
        "commands",
        Issue(to=to, body=wire.encode(command), expires_at_us=expires_at_us, asked_by="office/console"),
    )
