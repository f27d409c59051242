"""The measured part of simulator/FIDELITY.md, written by the command between two marks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from runtime.errors import ConfigError
from scenarios.fidelity.check import DEPARTS, Check
from scenarios.fidelity.fidelity import Fidelity

BEGIN, END = "<!-- hawker fidelity: begin -->", "<!-- hawker fidelity: end -->"


def text(found: Fidelity) -> str:
    """The part between the marks, in Markdown."""
    data = "the shipped extracts" if found.short else "the original recordings (HAWKER_DATA)"
    departs = [check for check in found.recorded if check.verdict == DEPARTS]
    lines = [
        "## Measured",
        "",
        f"Written by `hawker fidelity --out FILE` with {data}, seed {found.seed}.",
        "Rates are learnt from earlier days and compared on later ones that were kept back. A comparison",
        "agrees where chance explains the difference (p >= 0.01) or where it is under the code's tolerance.",
        "",
        "### Against recordings",
        "",
        *_table(found.recorded),
        "",
        *(f"- **{check.name}.** {check.why}" for check in departs),
        "",
        "### Against calculation",
        "",
        *_table(found.calculated),
    ]
    return "\n".join(lines) + "\n"


def _table(checks: Iterable[Check]) -> list[str]:
    rows = ["| what | against | found | verdict |", "|---|---|---|---|"]
    for check in checks:
        mark = f"**{check.verdict}**" if check.verdict == DEPARTS else check.verdict
        rows.append(f"| {check.name} | {check.against} | {check.figures} | {mark} |")
    return rows


def write(found: Fidelity, path: Path) -> None:
    """Put the part into a file: between its marks, else at its end; raises ConfigError if it cannot be."""
    part = f"{BEGIN}\n{text(found)}{END}\n"
    try:
        old = path.read_text("utf-8") if path.exists() else "# Fidelity of the simulator\n"
        before, begin, rest = old.partition(BEGIN)
        _, end, after = rest.partition(f"{END}\n")
        if bool(begin) != bool(end):
            raise ConfigError(f"--out {path}: must have both marks or none: {BEGIN} and {END}")
        path.write_text(f"{before}{part}{after}" if begin else f"{old.rstrip()}\n\n{part}", "utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"--out {path}: must be a text file that can be written: {error}") from error
