"""A table as a file: JSON and CSV for programs, xlsx for people, and the printed page.

A cell that a spreadsheet would take for a formula goes out with an apostrophe before it in CSV, and as a
plain string in xlsx: names come from outside.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from console.reports.measures import MONEY, SHARE
from console.reports.table import Cell, Table
from console.reports.words import Words, decimals, plain

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|")
FORMATS = ("json", "csv", "xlsx", "pdf", "png", "svg")


def written(table: Table, how: str, language: str) -> bytes:
    """The table as a file of one of the formats of ``FORMATS``; pictures and xlsx speak a language."""
    return _WRITERS[how](table, language)


def as_json(table: Table) -> dict[str, Any]:
    """The document that ``hawker report --format json`` prints: rows by name, money in minor units."""
    names = [column.name for column in table.columns]
    measures = names[table.keys :]
    document: dict[str, Any] = {
        "report": table.report,
        "from": table.first,
        "to": table.last,
        "currency": table.currency,
        "columns": [{"name": column.name, "unit": column.unit} for column in table.columns],
        "rows": [dict(zip(names, row, strict=True)) for row in table.rows],
        "totals": dict(zip(measures, table.totals, strict=True)),
        "groups": table.groups,
        "titles": table.titles,
    }
    if table.compared is not None:
        document["compared"] = {"from": table.compared[0], "to": table.compared[1]}
        document["before"] = [dict(zip(measures, row, strict=True)) for row in table.before or ()]
        document["totals_before"] = dict(zip(measures, table.totals_before or (), strict=True))
    return document


def _json(table: Table, _: str) -> bytes:
    return msgspec.json.format(msgspec.json.encode(as_json(table)), indent=2) + b"\n"


def escaped(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula; numbers are left as they are."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def _csv(table: Table, language: str) -> bytes:
    """A line a group, in UTF-8 with a mark; names as in JSON, and what places and products are called."""
    words = Words(table, language)
    named = [column.name for column in table.columns[: table.keys] if column.name in table.titles]
    measures = [column.name for column in table.columns[table.keys :]]
    text = io.StringIO()
    writer = csv.writer(text)
    before = [f"{name}_before" for name in measures] if table.before is not None else []
    writer.writerow([*(c.name for c in table.columns), *(f"{name}_name" for name in named), *before])
    places = {column.name: number for number, column in enumerate(table.columns)}
    for number, row in enumerate(table.rows):
        titles = [words.key(name, str(row[places[name]])) for name in named]
        earlier = table.before[number] if table.before is not None else []
        writer.writerow([escaped(cell) for cell in (*row, *titles, *earlier)])
    return text.getvalue().encode("utf-8-sig")


def _xlsx(table: Table, language: str) -> bytes:
    from xlsxwriter import Workbook

    words, out = Words(table, language), io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": words.title(), "created": datetime.fromisoformat(table.last)})
        sheet = book.add_worksheet("Report")
        bold, small = book.add_format({"bold": True, "font_size": 14}), book.add_format({"italic": True})
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        digits = decimals(table.currency)
        shapes = {MONEY: "#,##0" + "." * (digits > 0) + "0" * digits, SHARE: "0.0%"}
        sheet.write_string(0, 0, words.title(), bold)
        sheet.write_string(1, 0, words.days(), small)
        headings = words.headings()
        columns = [*table.columns]
        if table.before is not None:
            earlier = table.columns[table.keys :]
            columns += earlier
            headings += [f"{words.heading(each)} · {words.text('reports.before')}" for each in earlier]
        for number, (column, heading) in enumerate(zip(columns, headings, strict=True)):
            shape = {"num_format": shapes.get(column.unit, "#,##0.##" if column.unit == "rate" else "#,##0")}
            sheet.write_string(3, number, heading, head)
            width = 28 if column.name in table.titles else 14
            sheet.set_column(number, number, width, book.add_format(shape) if column.unit != "key" else None)
        for number in range(len(table.rows)):
            row = [*table.rows[number], *(table.before[number] if table.before is not None else ())]
            for at, (cell, column) in enumerate(zip(row, columns, strict=True)):
                if column.unit == "key":
                    sheet.write_string(4 + number, at, words.key(column.name, str(cell)))
                elif isinstance(cell, (int, float)):
                    sheet.write_number(4 + number, at, plain(cell, column.unit, table.currency) or 0)
        sheet.freeze_panes(4, table.keys)
        sheet.autofilter(3, 0, 3 + len(table.rows), len(columns) - 1)
    return out.getvalue()


def _picture(how: str) -> Callable[[Table, str], bytes]:
    def draw(table: Table, language: str) -> bytes:
        from console.reports.pictures import drawn

        return drawn(table, language, how)

    return draw


_WRITERS: dict[str, Callable[[Table, str], bytes]] = {
    "json": _json,
    "csv": _csv,
    "xlsx": _xlsx,
    "pdf": _picture("pdf"),
    "png": _picture("png"),
    "svg": _picture("svg"),
}
