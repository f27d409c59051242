"""What a till may be doing; the table stands in ``till.py``."""

SCANNING, ASKING, COMMITTING = "scanning", "asking", "committing"
