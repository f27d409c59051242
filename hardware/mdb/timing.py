"""Every duration of the bus, in seconds, with its source (sections and appendices are MDB/ICP 4.2)."""

from __future__ import annotations

BYTE = 0.0012
"""Eleven bits at 9600 baud: a port sees a byte only when it is complete (section 2.1)."""

RESPONSE = 0.020 + BYTE
"""To the first byte of an answer; peripherals shall take 5 ms, a master shall accept 20 (appendix 3)."""

BETWEEN_BYTES = 0.005 + BYTE
"""From byte to byte of an answer; peripherals shall take 1 ms, a master shall accept 5 (appendix 3)."""

PORT = 0.020
"""What a USB port adds before it hands bytes over (16 ms in common chips' default, and some)."""

ADAPTER = 0.5
"""To the line with which an adapter answers: its own exchange with repeats, and USB (estimate)."""

POLL = 0.125
"""From poll to poll when nothing else is to be said (appendix 3: 125 to 200 ms)."""

BUSY_POLL = 0.025
"""The same while commands wait (section 3.2: not below 25 ms)."""

RESET_SOON = 1.0
"""From a RESET to its first repeats: its answer may have been lost (ours)."""

RESET_AGAIN = 10.0
"""From RESET to RESET of a peripheral that does not answer (section 3.3)."""

SILENT_CHANGER = 2.0
SILENT_VALIDATOR = 5.0
SILENT_READER = 5.0
"""No answer for so long: it is lost (sections 5.1, 6.1, 7.1); for a reader Z7 if that is longer."""

TUBES_AFTER_RESET = 0.5
"""A changer counts its tubes first (section 5.3, TUBE STATUS)."""

DIAGNOSIS = 5.0
"""From diagnosis to diagnosis (section 5.3, 0F 05: each 1 to 10 s)."""

CHECK = 10.0
"""From one block of ours to the next POLL of ours, where an adapter's own polls show no silence (ours)."""

BLIND_QUIET = 0.5
"""Nothing polled for so long is quiet, where an adapter polls by itself each 25 to 200 ms."""

LONG_ANSWER = 30.0
"""Stacking, returning, paying: a mechanism that has not finished by then has failed (sections 3.2, 6.3)."""

CARD = 60.0
"""How long a customer may take to present a card after choosing (ours)."""

NEXT_UNIT = 2.0
"""How long a session stays open for the sale's next unit after one is settled (ours)."""
