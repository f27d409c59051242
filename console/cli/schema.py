"""``hawker schema``: the bus, described for programs that are not Hawker."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.cli.output import document, document_bytes

Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Save it here, print nothing.")]


def schema(out: Out = None) -> None:
    """Describe every message on the bus and its framing: AsyncAPI 3.0, as JSON."""
    from scenarios.schema import document as described

    if out is None:
        document(described())
    else:
        out.write_bytes(document_bytes(described()))
