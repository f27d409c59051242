"""The tables of both ends of a link: the README prints them, and they name every frame."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

from runtime import downlink, uplink
from runtime.link_frames import Frame, Post

README = Path(__file__).parents[2] / "runtime" / "README.md"


def table(module: ModuleType) -> list[str]:
    return [line[4:] for line in (module.__doc__ or "").splitlines() if line.startswith("    ")]


@pytest.mark.parametrize("module", [uplink, downlink])
def test_the_readme_prints_the_table_of_the_code(module: ModuleType) -> None:
    printed = "\n".join(["```text", *table(module), "```"])
    assert printed in README.read_text("utf-8"), module.__name__


def test_every_frame_but_mail_stands_in_both_tables_or_is_answered_in_one() -> None:
    text = "\n".join([*table(uplink), *table(downlink)])
    assert [kind.__name__ for kind in get_args(Frame) if kind.__name__ not in text] == [Post.__name__]
