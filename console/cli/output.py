"""What the commands write: one document, one table, one line for a mistake, a bar on a terminal."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

LINE_CHARACTERS_MAX = 2_000


def complain(text: object) -> None:
    """Say what is wrong, in one line on standard error."""
    sys.stderr.write(f"hawker: {one_line(str(text))}\n")
    sys.stderr.flush()


def one_line(text: str) -> str:
    """Text as a single line that a terminal shows as it is: no line ends, no control characters."""
    plain = "".join(
        character if unicodedata.category(character) not in ("Cc", "Cf", "Cs") else repr(character)[1:-1]
        for character in " ".join(text.split())
    )
    return plain if len(plain) <= LINE_CHARACTERS_MAX else plain[: LINE_CHARACTERS_MAX - 1] + "…"


def document(value: Any) -> None:
    """Write a value as the one JSON document of a command."""
    sys.stdout.buffer.write(document_bytes(value))
    sys.stdout.buffer.flush()


def document_bytes(value: Any) -> bytes:
    """A value as a JSON document for people and programs."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write rows under headings; columns after the first are aligned right where they hold numbers."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[one_line(str(cell)) for cell in row] for row in rows]
    drawn = Table(title=Text(title), title_justify="left", box=None, pad_edge=False, title_style="bold")
    for number, heading in enumerate(columns):
        figures = number > 0 and all(row[number][:1].isdigit() or not row[number] for row in cells)
        drawn.add_column(Text(heading), justify="right" if figures else "left", overflow="fold")
    for row in cells:
        drawn.add_row(*(Text(cell) for cell in row))
    console = Console(file=sys.stdout)
    if not console.is_terminal:
        console.width = 200
    console.print(drawn)


def money(amount_minor: int, currency: str) -> str:
    """An amount of a currency of two decimals, for people."""
    return f"{amount_minor / 100:,.2f} {currency}"


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[float], None]]:
    """A bar on standard error if that is a terminal; gives what takes the share done, 0 to 1."""
    if not sys.stderr.isatty():
        yield lambda share: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda share: bar.update(task, completed=share)


@contextmanager
def status_line(what: str) -> Iterator[Callable[[str], None]]:
    """What is being done now, on standard error if that is a terminal; gives what takes each new text."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console

    with Console(file=sys.stderr).status(what) as status:
        yield lambda text: status.update(text)


def drop_standard_output() -> None:
    """After its reader has gone: let what is still buffered go nowhere, so that leaving raises nothing."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
