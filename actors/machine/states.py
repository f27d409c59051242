"""The states of a machine that sells, and how long each may last without a word."""

IDLE = "idle"
CREDIT = "credit"
PAYING = "paying"
ASKING = "asking"
VENDING = "vending"
SETTLING = "settling"
RETURNING = "returning"
RECOVERING = "recovering"

SILENCE_SECONDS = 120
"""How long a customer or a device may be silent before the sale is ended without them."""

RECOVERY_SECONDS = 30
"""How long devices may be silent after a start before the machine goes on without their word."""
