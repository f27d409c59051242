"""What a child process is asked, and about which chain."""

from __future__ import annotations

from datetime import date

import msgspec

from console.reports.definition import Definition
from console.reports.names import Names

TABLE = "table"
"""The format of a ``Table`` as it is, for pages."""


WRONG = 2
"""The child's exit code when it says on standard error why there is no report."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One report of one data folder.

    Attributes:
        folder: with the costs.
        ledger: its ledger's file.
        report: what to call it.
        form: a format of ``files.FORMATS``, or ``TABLE``.
        places: all that may count; None: no limit.
    """

    folder: str
    ledger: str
    names: Names
    report: str
    definition: Definition
    first: date
    last: date
    compare: str
    form: str
    language: str
    places: tuple[str, ...] | None
