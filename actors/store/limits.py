"""Limits of a till, and which of its devices takes which tender."""

DEVICES = {"cashless": "terminal", "code": "code"}
"""Which device of the till takes a tender."""

QUANTITY_MAX = 100_000
"""Units or grams a single line may have: beyond it the scanner or the scale is wrong."""

TENDER_SECONDS = 90
"""How long a terminal may take to answer; then the customer is asked for another tender."""

RETRY_PRINT_SECONDS = 60
"""How long after running out of paper the printer is asked again."""

GIVEN_UP_MAX = 20
"""How many payments asked for and given up are remembered, in case their approval comes late."""
