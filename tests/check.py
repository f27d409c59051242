"""Every check in turn: ``python -m tests.check``. Exit code 1 if one of them did not hold."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHON = (sys.executable, "-m")
ROOMS = ("runtime", "hardware", "actors", "simulator", "scenarios", "console")
STATIC = {
    "ruff": (*PYTHON, "ruff", "check", "."),
    "mypy": (*PYTHON, "mypy", "--strict"),
    "bandit": (*PYTHON, "bandit", "-q", "-c", "pyproject.toml", "-r", *ROOMS),
    "import-linter": (sys.executable, "-c", "from importlinter import cli; cli.lint_imports_command()"),
}
CHECKS = STATIC | {"pytest": (*PYTHON, "pytest")}


def main(names: list[str]) -> int:
    """Run the checks named, or all of them; ``static`` stands for all but the tests."""
    wanted = [name for given in names for name in (STATIC if given == "static" else [given])] or list(CHECKS)
    if unknown := [name for name in wanted if name not in CHECKS]:
        print(f"check must be one of {', '.join(CHECKS)} or static, not {unknown[0]!r}", file=sys.stderr)
        return 2
    verdicts = []
    for name in wanted:
        print(f"== {name}", flush=True)
        start = time.monotonic()
        code = subprocess.run(CHECKS[name], cwd=ROOT).returncode
        verdicts.append((name, code, time.monotonic() - start))
    for name, code, seconds in verdicts:
        print(f"{name:15} {'ok' if code == 0 else f'exit {code}':8} {seconds:6.1f} s")
    return int(any(code for _, code, _ in verdicts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
