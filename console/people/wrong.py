"""What a form or a request got wrong: which field, and which rule."""

from __future__ import annotations

from runtime.errors import Refused


class Wrong(Refused):
    """Input that breaks a rule. Nothing was changed.

    Attributes:
        field: the input's name, as in the request.
        rule: what must hold, e.g. "must have 12 to 200 characters".
        clash: it is well formed but does not go with what is there (409 rather than 400).
    """

    def __init__(self, field: str, rule: str, *, clash: bool = False) -> None:
        super().__init__(f"{field}: {rule}")
        self.field, self.rule, self.clash = field, rule, clash


class NotYou(Wrong):
    """A password, code or name that lets nobody in (401)."""


class Missing(Refused):
    """What was asked for is not there."""


class TooSoon(Refused):
    """Too many tries failed; ``seconds`` says how long to wait."""

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, round(seconds))
        super().__init__(f"log-in: must wait {self.seconds} s after so many that failed")
