"""A what-if printed: both runs side by side, as one HTML file without anything from elsewhere, or as PDF."""

from __future__ import annotations

import io
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from console.cli.what_if import LABELS, interval
from console.cli.what_if import shown as figure_of
from console.reports.pictures import BAR, FAMILY, GREY, INK, PAGE_INCHES, PALE, shown
from runtime.errors import ConfigError

WIDE = (8.4, 2.9)
CHANGED = "#1d5bb8"
PRODUCTS_DRAWN = 12
WRAP = 104
_LOOK: Any = {
    "font.family": [FAMILY, "DejaVu Sans"],
    "font.size": 8.5,
    "text.color": INK,
    "axes.edgecolor": PALE,
    "axes.labelcolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "svg.hashsalt": "hawker",
    "svg.fonttype": "path",
    "text.parse_math": False,
}
_STYLE = """
:root { color-scheme: light dark; --ink: #1b2227; --grey: #56626a; --line: #c9d0d5; --paper: #fff }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ea; --grey: #9aa6ad; --line: #3a4449; --paper: #14191c } }
body { font: 15px/1.5 Inter, system-ui, "Noto Sans CJK SC", sans-serif; color: var(--ink);
  background: var(--paper); max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem; font-weight: 600; margin: 0 }
h2 { font-size: 1rem; font-weight: 600; margin: 2rem 0 .5rem }
p.under { color: var(--grey); margin: .2rem 0 1.5rem }
div.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap }
th:first-child, td:first-child { text-align: left; white-space: normal }
th { color: var(--grey); font-weight: 500 }
figure { margin: 0; background: #fff; border: 1px solid var(--line); border-radius: 6px; padding: .5rem }
figure svg { width: 100%; height: auto; display: block }
"""


def write(found: dict[str, Any], path: Path) -> None:
    """Write the document of ``replay --what-if --json`` as .html or .pdf; raises ConfigError."""
    body = html(found).encode() if path.suffix == ".html" else pdf(found)
    try:
        path.write_bytes(body)
    except OSError as error:
        raise ConfigError(f"--out {path}: must be writable: {error.strerror}") from None


def title(found: dict[str, Any]) -> str:
    """What was asked."""
    return f"What if {', '.join(found['changes']) or 'nothing changes'}"


def _under(found: dict[str, Any]) -> str:
    recording, runs = found["recording"], found["replicates"]
    days = f"{recording['scenario']}, {recording['from']} to {recording['to']}, {recording['currency']}"
    return f"{days}; {runs} run{'s' if runs > 1 else ''} of each"


def _rows(found: dict[str, Any]) -> list[tuple[str, ...]]:
    currency = found["recording"]["currency"]
    return [
        (
            LABELS[each["name"]],
            figure_of(each, "base", currency),
            figure_of(each, "changed", currency),
            figure_of(each, "difference", currency, signed=True),
            interval(each, currency),
        )
        for each in found["measures"]
    ]


HEADINGS = ("", "as it was", "changed", "difference", "95 % interval")


def html(found: dict[str, Any]) -> str:
    """One file: table, plots as inline SVG, the sentences it rests on."""
    with matplotlib.rc_context(_LOOK):
        plots = [(name, _svg(draw, found)) for name, draw in PLOTS.items()]
    parts = [
        f"<h1>{escape(title(found))}</h1><p class=under>{escape(_under(found))}</p>",
        _html_table(HEADINGS, _rows(found)),
        *(f"<h2>{escape(name)}</h2><figure>{svg}</figure>" for name, svg in plots),
        "<h2>Products</h2>",
        _html_table(
            ("product", "units as it was", "changed", "sales as it was", "changed"), _products(found)
        ),
        "<h2>What this rests on</h2>",
        f"<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in found['said'])}</ul>",
    ]
    head = "<meta charset=utf-8><meta name=viewport content='width=device-width'>"
    head += f"<title>{escape(title(found))}</title><style>{_STYLE}</style>"
    return f"<!doctype html><html lang=en><head>{head}</head><body>{''.join(parts)}</body></html>"


def _html_table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    head = "".join(f"<th scope=col>{escape(text)}</th>" for text in headings)
    body = "".join(f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>" for row in rows)
    return f"<div class=wide><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _products(found: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            each["name"],
            f"{each['base_units']:,.1f}".removesuffix(".0"),
            f"{each['changed_units']:,.1f}".removesuffix(".0"),
            f"{each['base_minor'] / 100:,.2f}",
            f"{each['changed_minor'] / 100:,.2f}",
        )
        for each in found["products"]
    ]


def _svg(draw: Callable[[Axes, dict[str, Any]], None], found: dict[str, Any]) -> str:
    figure, out = Figure(figsize=WIDE, layout="constrained"), io.StringIO()
    draw(figure.subplots(), found)
    figure.savefig(out, format="svg", metadata={"Date": None})
    text = out.getvalue()
    return text[text.index("<svg") :]


def pdf(found: dict[str, Any]) -> bytes:
    """Two pages: the table with what it rests on, and the plots."""
    out = io.BytesIO()
    with (
        matplotlib.rc_context(_LOOK),
        PdfPages(out, metadata={"CreationDate": None, "Title": title(found)}) as pages,
    ):
        pages.savefig(_first_page(found))
        page = Figure(figsize=PAGE_INCHES, layout="constrained")
        for axes, (name, draw) in zip(page.subplots(len(PLOTS), 1), PLOTS.items(), strict=True):
            draw(axes, found)
            axes.set_title(name, loc="left", fontsize=9, color=GREY)
        pages.savefig(page)
    return out.getvalue()


def _first_page(found: dict[str, Any]) -> Figure:
    page, (_, height) = Figure(figsize=PAGE_INCHES), PAGE_INCHES
    y = 1 - 0.7 / height
    for line in _wrapped(title(found), 62):
        page.text(0.08, y, shown(line), fontsize=14)
        y -= 0.28 / height
    page.text(0.08, y, shown(_under(found)), color=GREY)
    y -= 0.4 / height
    columns = (0.08, 0.42, 0.56, 0.70, 0.92)
    for row in (HEADINGS, *_rows(found)):
        for x, text in zip(columns, row, strict=True):
            page.text(
                x,
                y,
                shown(text),
                ha="left" if x == columns[0] else "right",
                color=GREY if row is HEADINGS else INK,
            )
        y -= 0.23 / height
    y -= 0.2 / height
    for sentence in found["said"]:
        for line in _wrapped(sentence, WRAP):
            page.text(0.08, y, shown(line), color=GREY)
            y -= 0.19 / height
        y -= 0.08 / height
    return page


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _by_day(axes: Axes, found: dict[str, Any]) -> None:
    days = found["days"]
    places = range(len(days))
    marker = "o" if len(days) < 32 else ""
    axes.plot(
        places,
        [day["base_minor"] / 100 for day in days],
        color=BAR,
        marker=marker,
        markersize=3,
        label="as it was",
    )
    axes.plot(
        places,
        [day["changed_minor"] / 100 for day in days],
        color=CHANGED,
        marker=marker,
        markersize=3,
        label="changed",
    )
    step = max(1, len(days) // 10)
    axes.set_xticks([*places][::step], [days[place]["date"] for place in [*places][::step]], fontsize=7)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(found["recording"]["currency"])
    axes.legend(frameon=False, ncols=2, loc="upper left")


def _by_product(axes: Axes, found: dict[str, Any]) -> None:
    rows = [each for each in found["products"] if each["changed_minor"] != each["base_minor"]][
        :PRODUCTS_DRAWN
    ]
    if not rows:
        axes.text(0.5, 0.5, "no product differs", ha="center", color=GREY)
        axes.set_axis_off()
        return
    places = range(len(rows))
    axes.barh(
        places,
        [(each["changed_minor"] - each["base_minor"]) / 100 for each in rows],
        color=CHANGED,
        height=0.6,
    )
    axes.set_yticks([*places], [shown(each["name"][:34]) for each in rows], fontsize=7)
    axes.invert_yaxis()
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_xlabel(found["recording"]["currency"])


def _differences(axes: Axes, found: dict[str, Any]) -> None:
    """Each measure's difference in per cent of what it was, with its interval."""
    rows = [each for each in found["measures"] if each["base"]]
    for place, each in enumerate(rows):
        low, value, high = (100 * each[key] / each["base"] for key in ("low", "difference", "high"))
        axes.plot([low, high], [place, place], color=CHANGED, linewidth=2)
        axes.plot([value], [place], "o", color=CHANGED, markersize=5)
    axes.set_yticks(range(len(rows)), [LABELS[each["name"]] for each in rows])
    axes.invert_yaxis()
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_xlabel("per cent of what it was")
    axes.margins(y=0.15)


PLOTS: dict[str, Callable[[Axes, dict[str, Any]], None]] = {
    "Differences and their 95 % intervals": _differences,
    "Sales by day": _by_day,
    "Sales by product, changed less as it was": _by_product,
}
