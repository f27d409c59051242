"""Commands that a scenario wrote down, given at their time as a person at the console would give them."""

from __future__ import annotations

from actors.office.messages import GiveCommand
from runtime.actor import Actor, handles
from runtime.command import Issue, Outcome


class ScriptDesk(Actor):
    """Hands each command to the command desk; how it ended stands in that desk's facts."""

    __slots__ = ()

    @handles(GiveCommand)
    def give(self, order: GiveCommand) -> None:
        """Have it sent."""
        expires_at_us = self.now + order.expires_seconds * 1_000_000
        issue = Issue(to=order.to, body=order.body, expires_at_us=expires_at_us, asked_by=self.address)
        self.tell(self.reach("commands"), issue)

    @handles(Outcome)
    def heard(self, _: Outcome) -> None:
        """``CommandEnded`` says it already."""
