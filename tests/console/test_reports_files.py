"""Reports as files: spreadsheets that run nothing, pictures with every glyph on a machine without fonts."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import msgspec
import pytest

from console.reports.files import FORMATS, written
from console.reports.table import Column, Table
from console.reports.words import Words

ROOT = Path(__file__).parents[2]
HOSTILE = ("=HYPERLINK(1)", "+1+cmd|'/C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "|x")


def table(keys: tuple[str, ...] = ("cola", "tea"), *, compared: bool = False) -> Table:
    """Products with names in both languages, one of them without a cost."""
    return Table(
        report="products",
        first="2026-03-02",
        last="2026-03-15",
        currency="HKD",
        columns=(Column("product", "key"), Column("amount_minor", "money"), Column("margin", "share")),
        rows=[[key, 123_456 - number, None if number else 0.25] for number, key in enumerate(keys)],
        totals=[999_999, 0.25],
        groups=len(keys),
        titles={"product": {key: (key, "可樂汽水" if key == "cola" else key) for key in keys}},
        compared=("2026-02-16", "2026-03-01") if compared else None,
        before=[[100_000, 0.5] for _ in keys] if compared else None,
        totals_before=[100_000, 0.5] if compared else None,
    )


def test_the_document_has_rows_by_name_and_money_in_minor_units() -> None:
    found = msgspec.json.decode(written(table(compared=True), "json", "en"))
    assert found["rows"][0] == {"product": "cola", "amount_minor": 123_456, "margin": 0.25}
    assert found["before"][0] == {"amount_minor": 100_000, "margin": 0.5}
    assert (found["from"], found["to"], found["compared"]["to"]) == ("2026-03-02", "2026-03-15", "2026-03-01")


def test_csv_has_the_same_figures_and_what_things_are_called() -> None:
    text = written(table(), "csv", "zh-CN").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0] == {
        "product": "cola",
        "amount_minor": "123456",
        "margin": "0.25",
        "product_name": "可樂汽水",
    }
    assert rows[1]["margin"] == ""


def test_no_cell_of_a_csv_is_a_formula() -> None:
    text = written(table(HOSTILE), "csv", "en").decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text)):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "|"))]


def test_an_xlsx_holds_numbers_and_strings_and_no_formula() -> None:
    body = written(table(("cola", *HOSTILE), compared=True), "xlsx", "zh-CN")
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "<v>1234.56</v>" in sheet
    assert "<v>0.25</v>" in sheet
    assert "可樂汽水" in texts
    assert "=HYPERLINK(1)" in texts
    assert body == written(table(("cola", *HOSTILE), compared=True), "xlsx", "zh-CN")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_figures_are_written_as_people_read_them(language: str) -> None:
    words = Words(table(), language)
    assert words.row(0) == [words.key("product", "cola"), "1,234.56", "25.0 %"]
    assert words.row(1)[2] == "–"
    assert words.total()[1] == "9,999.99"
    assert words.key("product", "cola") == ("cola" if language == "en" else "可樂汽水")


PRINT = """
import sys, warnings
warnings.simplefilter("error")
import matplotlib.font_manager as manager
manager.fontManager = manager.FontManager.__new__(manager.FontManager)
real = manager.findSystemFonts
manager.findSystemFonts = lambda paths=None, fontext="ttf": real(paths, fontext) if paths else []
manager.fontManager.__init__()
own = str(manager.cbook._get_data_path())
assert all(entry.fname.startswith(own) for entry in manager.fontManager.ttflist)
from pathlib import Path
from console.reports.files import written
from tests.console.test_reports_files import table
names = ("cola", "tea", "emoji \\U0001f9cb", "\\u7261\\u4e39\\u9f8d\\u7aa9", *(f"p{n}" for n in range(70)))
drawn = table(names, compared=True)
for form in ("png", "svg", "pdf"):
    Path(sys.argv[1], form).write_bytes(written(drawn, form, "zh-CN"))
print(*sorted(entry.name for entry in manager.fontManager.ttflist if "CJK SC" in entry.name))
"""


def test_pictures_have_every_glyph_on_a_machine_without_fonts(tmp_path: Path) -> None:
    environment = {**os.environ, "MPLCONFIGDIR": str(tmp_path / "config"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", PRINT, str(tmp_path)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "Noto Sans CJK SC" in done.stdout
    png, svg, pdf = ((tmp_path / form).read_bytes() for form in ("png", "svg", "pdf"))
    assert png.startswith(b"\x89PNG")
    assert svg.startswith(b"<?xml")
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 2
    assert b"CJK" in pdf


def test_a_report_without_rows_comes_in_every_format() -> None:
    for form in FORMATS:
        assert written(table(()), form, "en")
