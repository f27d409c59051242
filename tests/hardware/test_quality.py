from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

HARDWARE = Path(__file__).parents[2] / "hardware"
PROTOCOLS = sorted(driver.parent.name for driver in HARDWARE.glob("*/driver.py"))
RULES = re.findall(
    r"^\| `(\w+)` \| ", (HARDWARE / "README.md").read_text(encoding="utf-8").split("## Rules")[1], re.M
)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol_keeps_each_rule_or_says_why_not(protocol: str) -> None:
    says = tomllib.loads((HARDWARE / protocol / "quality.toml").read_text(encoding="utf-8"))
    assert sorted(says) == sorted(RULES)
    assert all(word == "done" or re.match(r"exempt: \S", word) for word in says.values())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol_has_a_codec_and_says_where_its_numbers_come_from(protocol: str) -> None:
    folder = HARDWARE / protocol
    assert (folder / "codec.py").is_file() or (folder / "codec" / "__init__.py").is_file()
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_codec_has_no_clock_no_chance_and_no_io(protocol: str) -> None:
    folder = HARDWARE / protocol
    for path in [*folder.glob("codec.py"), *folder.glob("codec/*.py")]:
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"^(?:import|from) (trio|time|random|serial|socket|os)\b", text, re.M) == [], path


def test_the_table_of_protocols_names_them_all() -> None:
    table = (HARDWARE / "README.md").read_text(encoding="utf-8").split("## Protocols")[1].split("## Rules")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \| `\w+/` \|", table, re.M)) == PROTOCOLS
