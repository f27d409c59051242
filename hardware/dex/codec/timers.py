"""Times of a DEX/UCS line (EVA-DTS 6.2); an edge passes others for a machine that needs them."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Timers:
    """Microseconds throughout.

    Attributes:
        turnaround_us: silence before an answer, 10 ms at least.
        answer_us: timer A, from the end of what was sent to the answer.
        byte_gap_us: timer B, between two bytes of a block; then it is asked for again.
        inactivity_us: timer D, how long a receiver waits for anything.
        pause_us: between the parts of a session, 100 ms at least.
        busy_us: after WACK, before asking again (100 to 500 ms).
        session_us: a whole session.
        byte_us: a byte on the wire: 10 bits at 9600 baud.
        tries: how often ENQ or one block is sent before giving up (estimate).
    """

    turnaround_us: int = 10_000
    answer_us: int = 1_000_000
    byte_gap_us: int = 100_000
    inactivity_us: int = 2_000_000
    pause_us: int = 100_000
    busy_us: int = 300_000
    session_us: int = 60_000_000
    byte_us: int = 1_042
    tries: int = 5


STANDARD = Timers()
