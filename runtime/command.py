"""Commands between nodes: mail with an id and an expiry, run at most once, ended done, failed or expired.

Every node has one command desk at ``commands``. The sender's desk records ``CommandIssued`` and asks
again until it hears the outcome or the expiry is long past; the receiver's desk records
``CommandAccepted`` before the actor sees it and ``CommandEnded`` after, so a doubled or late mail changes
nothing (I5).
"""

from __future__ import annotations

from runtime.message import event, fact, order


@event("mail")
class Mail:
    """A command or its outcome on the way between two nodes.

    Attributes:
        kind: "command" or "outcome".
        id: the sender's command id, e.g. ``office:5f3a91c07e:17``; an outcome carries the id it answers.
        to: address the command is for; for an outcome the sending desk's node.
        sender: node that sent this mail.
        body: wire bytes of the command, or of the answer (b"" when there is none).
        outcome: "" for a command, else "done", "failed" or "expired".
        expires_at_us: after this moment the command must not run.
    """

    kind: str
    id: str
    to: str
    sender: str
    body: bytes
    outcome: str
    expires_at_us: int


def refusal(mail: Mail, node: str) -> Mail:
    """The outcome of a command that no node can take, said by ``node``."""
    return Mail(
        kind="outcome",
        id=mail.id,
        to=mail.sender,
        sender=node,
        body=b"",
        outcome="failed",
        expires_at_us=0,
    )


@fact("command.issued")
class CommandIssued:
    """This node wants it done elsewhere. ``asked_by`` is the actor that hears the outcome."""

    id: str
    to: str
    body: bytes
    expires_at_us: int
    asked_by: str


@fact("command.accepted")
class CommandAccepted:
    """This node took a command on; it will never run again. ``expires_at_us`` 0: not known."""

    id: str
    to: str
    sender: str
    expires_at_us: int = 0


@fact("command.ended")
class CommandEnded:
    """How it ended, at the receiver and (once heard) at the sender."""

    id: str
    outcome: str
    body: bytes


@fact("command.forgotten")
class CommandsForgotten:
    """This node forgets the outcomes of commands that expired before this moment: nobody asks for them."""

    before_us: int


@order("command.deliver")
class Deliver:
    """Desk to actor: run this. The actor answers its desk with ``Finish``."""

    id: str
    body: bytes


@order("command.finish")
class Finish:
    """Actor to desk: the command ended so. ``answer`` is wire bytes or b""."""

    id: str
    outcome: str
    answer: bytes


@order("command.outcome")
class Outcome:
    """Desk to the actor that asked: how its command ended."""

    id: str
    outcome: str
    answer: bytes


@order("command.issue")
class Issue:
    """Actor to its node's desk: have this done elsewhere; ``asked_by`` hears the ``Outcome``."""

    to: str
    body: bytes
    expires_at_us: int
    asked_by: str
