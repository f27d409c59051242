"""A street and a node side by side, without journal or network."""

from __future__ import annotations

from runtime.kernel import Kernel


def carry(street: Kernel, node: Kernel, until_us: int) -> None:
    """Run both, and take every message across at the moment it was told."""
    while True:
        at_us = min(street.next_at(), node.next_at())
        if at_us > until_us:
            return
        for here, there in ((street, node), (node, street)):
            here.advance(at_us)
            here.fire_due()
            here.drain()
            for ref, message in here.outbox:
                there.advance(at_us)
                there.receive(there.reach(here.addresses[ref]), message)
            here.outbox.clear()
