"""A table printed: a chart of its first figure and its rows, as PDF, PNG or SVG.

Text is set in Noto Sans CJK SC, which comes with the ``noto-cjk-sans-otc`` wheel (SIL Open Font License): a
machine needs no font of its own. What no font has is shown as a box.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Any, Literal

import matplotlib
import noto_cjk_sans_otc
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.ticker import FuncFormatter, MaxNLocator

from console.reports.dimensions import DIMENSIONS
from console.reports.table import Table
from console.reports.words import Words, plain

FAMILY = "Noto Sans CJK SC"
PAGE_INCHES = (8.27, 11.69)
"""A4, upright."""
MARGIN, LINE = 0.6, 0.21
"""Inches: around the page, and from row to row."""
FIRST_ROWS, MORE_ROWS = 28, 48
"""Rows of a table on the first page, below the chart, and on each one after it."""
BARS_MAX, BARS_ACROSS_MAX, LETTERS_MAX = 24, 12, 28
INK, GREY, PALE, BAR = "#1b2227", "#56626a", "#c9d0d5", "#7d8991"
BOX = "□"
_LOOK: Any = {
    "font.family": [FAMILY, "DejaVu Sans"],
    "font.size": 8.5,
    "text.color": INK,
    "axes.edgecolor": PALE,
    "axes.labelcolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "svg.hashsalt": "hawker",
    "text.parse_math": False,
}


@cache
def _font_file() -> Path:
    """The font, made known to matplotlib."""
    path = Path(str(noto_cjk_sans_otc.FONT_PATH))
    font_manager.fontManager.addfont(path)
    return path


@cache
def _known() -> frozenset[int]:
    """Every character that one of the fonts has."""
    ours = FT2Font(str(_font_file()))
    other = FT2Font(font_manager.findfont("DejaVu Sans", fallback_to_default=False))
    return frozenset(ours.get_charmap()) | frozenset(other.get_charmap())


def shown(text: str) -> str:
    """Text with a box for each character that has no glyph, and for control characters."""
    known = _known()
    return "".join(letter if ord(letter) in known and ord(letter) >= 32 else BOX for letter in text)


def drawn(table: Table, language: str, how: str) -> bytes:
    """The printed report; ``how`` is "pdf" (as many pages as it takes), "png" or "svg" (the first page)."""
    words, out = Words(table, language), io.BytesIO()
    with matplotlib.rc_context({**_LOOK, "svg.fonttype": "path"}):
        first = _first_page(table, words)
        if how != "pdf":
            first.savefig(out, format=how, dpi=160, metadata={"Date": None} if how == "svg" else None)
            return out.getvalue()
        with PdfPages(out, metadata={"CreationDate": None, "Title": words.title()}) as pages:
            pages.savefig(first)
            for begin in range(FIRST_ROWS, len(table.rows), MORE_ROWS):
                page = Figure(figsize=PAGE_INCHES)
                _head(page, words)
                _rows(page, words, begin, begin + MORE_ROWS, PAGE_INCHES[1] - 1.5)
                pages.savefig(page)
    return out.getvalue()


def _first_page(table: Table, words: Words) -> Figure:
    page = Figure(figsize=PAGE_INCHES)
    _head(page, words)
    top = PAGE_INCHES[1] - 1.5
    if table.keys == 1 and table.rows:
        top = PAGE_INCHES[1] - 4.75
        width, height = PAGE_INCHES
        of_time = DIMENSIONS[table.columns[0].name].of_time
        left = 0.13 if of_time else 0.33
        axes = page.add_axes((left, 1 - 4.1 / height, 1 - left - MARGIN / width, 2.6 / height))
        (_over_time if of_time else _by_group)(axes, table, words)
        _plainly(axes, "y" if of_time else "x")
        axes.set_title(shown(words.heading(table.columns[table.keys])), loc="left", fontsize=9, color=GREY)
    _rows(page, words, 0, FIRST_ROWS, top)
    return page


def _head(page: Figure, words: Words) -> None:
    width, height = PAGE_INCHES
    left = MARGIN / width
    page.text(left, 1 - 0.62 / height, shown(words.title()), fontsize=15)
    page.text(left, 1 - 0.9 / height, shown(words.days()), color=GREY)


def _over_time(axes: Axes, table: Table, words: Words) -> None:
    """The first figure of each group: bars, or a line if they are many; what it is compared with dashed."""
    keys, count = table.keys, len(table.rows)
    values = [_height(row[keys], table) for row in table.rows]
    if count > BARS_MAX:
        axes.plot(range(count), values, color=BAR, linewidth=1.2)
        axes.margins(x=0.01)
    else:
        axes.bar(range(count), values, color=BAR, width=0.7)
    if table.before is not None:
        earlier = [_height(row[0], table) for row in table.before]
        axes.plot(range(count), earlier, color=INK, linewidth=0.8, linestyle="--", marker=".", markersize=3)
    ticks = range(0, count, max(1, count // 12))
    axes.set_xticks([*ticks], [_label(words, row) for row in ticks], rotation=0 if count <= 6 else 40)
    if count > 6:
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("right")
            label.set_rotation_mode("anchor")


def _by_group(axes: Axes, table: Table, words: Words) -> None:
    """The first figure of the first groups, one below the other; what it is compared with as a mark."""
    rows = range(min(BARS_ACROSS_MAX, len(table.rows)))
    axes.barh(rows, [_height(table.rows[row][table.keys], table) for row in rows], color=BAR, height=0.65)
    if table.before is not None:
        earlier = [_height(table.before[row][0], table) for row in rows]
        axes.plot(earlier, rows, color=INK, linestyle="", marker="|", markersize=9)
    axes.set_yticks([*rows], [_label(words, row) for row in rows])
    axes.invert_yaxis()


def _label(words: Words, row: int) -> str:
    text = shown(" · ".join(words.row(row)[: words.table.keys]))
    return text if len(text) <= LETTERS_MAX else text[: LETTERS_MAX - 1] + "…"


def _plainly(axes: Axes, along: Literal["x", "y"]) -> None:
    for side in ("top", "right", "left" if along == "y" else "bottom"):
        axes.spines[side].set_visible(False)
    axis = axes.yaxis if along == "y" else axes.xaxis
    axis.set_major_locator(MaxNLocator(5))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axes.grid(axis=along, color=PALE, linewidth=0.6)
    axes.tick_params(length=0)
    axes.set_axisbelow(True)


def _height(value: Any, table: Table) -> float:
    unit = table.columns[table.keys].unit
    return float(plain(value, unit, table.currency) or 0)


def _rows(page: Figure, words: Words, begin: int, end: int, top: float) -> None:
    """Rows as text, their headings above; after the last one the totals. ``top`` is inches from below."""
    table, (width, height) = words.table, PAGE_INCHES
    edges = _edges(table)

    def line(cells: list[str], at: float, **look: Any) -> None:
        for number, cell in enumerate(cells):
            key = table.columns[number].unit == "key"
            x = edges[number] if key else edges[number + 1] - 0.05
            room = int((edges[number + 1] - edges[number]) * (11 if key else 14))
            text = shown(cell)
            text = text if len(text) <= room else text[: max(1, room - 1)] + "…"
            page.text(x / width, at / height, text, ha="left" if key else "right", **look)

    def rule(at: float) -> None:
        page.add_artist(
            matplotlib.lines.Line2D(
                [MARGIN / width, 1 - MARGIN / width], [at / height] * 2, color=PALE, lw=0.7
            )
        )

    line(words.headings(), top, color=GREY, fontsize=7)
    rule(top - 0.07)
    last = min(end, len(table.rows))
    for number in range(begin, last):
        top -= LINE
        line(words.row(number), top)
    if last == len(table.rows):
        rule(top - 0.07)
        line(words.total(), top - LINE)
    elif begin == 0:
        page.text(MARGIN / width, 0.3 / height, f"{last:,} / {table.groups:,}", color=GREY, fontsize=7)


def _edges(table: Table) -> list[float]:
    """Where columns begin, inches from the left: names have twice the room of figures."""
    shares = [2.2 if column.name in table.titles else 1.0 for column in table.columns]
    scale = (PAGE_INCHES[0] - 2 * MARGIN) / sum(shares)
    edges = [MARGIN]
    for share in shares:
        edges.append(edges[-1] + share * scale)
    return edges
