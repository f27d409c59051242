"""What the documentation says, tried out: README's commands run, its links and pictures are there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_tidy import files, relative

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
INSTALL_AND_RUN = "pip install -c constraints.txt -e . && hawker up"
INSTALL_AND_TEST = "pip install -c constraints.txt -e '.[test]' && pytest"
HAWKER = (sys.executable, "-c", "import sys; from console.cli import main; sys.exit(main())")
RUN_SECONDS_MAX = 120


def commands() -> list[str]:
    """Every command line of README's shell blocks, without its comment."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
    lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def ends_by_itself(command: str) -> bool:
    """Whether a command can be run here: one of ours, and not a server that waits for Ctrl-C."""
    words = shlex.split(command)
    return words[0] == "hawker" and (words[1] != "up" or "--for" in words)


def test_the_first_screen_has_exactly_two_commands() -> None:
    first_screen = README.partition("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```", first_screen, flags=re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line]
    assert lines == [INSTALL_AND_RUN, INSTALL_AND_TEST]


def test_continuous_integration_runs_the_readmes_test_command() -> None:
    assert INSTALL_AND_TEST in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_readmes_commands_run_one_after_the_other(tmp_path: Path) -> None:
    runnable = [command for command in commands() if ends_by_itself(command)]
    assert len(runnable) >= 3
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "share"), "PYTHONPATH": str(ROOT)}
    for command in runnable:
        done = subprocess.run(
            [*HAWKER, *shlex.split(command)[1:]],
            cwd=tmp_path,
            env=os.environ | home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS_MAX,
        )
        assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("document", list(files({".md"})), ids=relative)
def test_links_within_the_project_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8"))
    within = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in within if not (document.parent / target).exists()] == []
