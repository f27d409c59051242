"""``hawker dex``: documents and exit codes as CLI.md promises them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
import structlog

from console.cli import run_command
from tests.conftest import Recordings
from tests.hardware.dex.samples import audit, changed


@attrs.frozen
class Done:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


Dex = Callable[..., Done]


@pytest.fixture
def dex(capsys: pytest.CaptureFixture[str]) -> Any:
    logging = structlog.get_config()

    def run(*arguments: object) -> Done:
        code = run_command(["dex", *map(str, arguments)])
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    yield run
    structlog.configure(**logging)


def saved(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_check_gives_the_promised_document(dex: Dex, tmp_path: Path) -> None:
    path = saved(tmp_path, "a.dex", audit())
    done = dex("check", path, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.document == [
        {
            "file": str(path),
            "index": 0,
            "g85": "ok",
            "machine": {"serial": "HK0712", "model": "SNACK 40"},
            "currency": "EUR",
            "decimals": 2,
            "paid": {"units": 17, "amount_minor": 4250},
            "cash": {
                "units": 12,
                "amount_minor": 3000,
                "in_minor": 5000,
                "to_cashbox_minor": 1200,
                "to_tubes_minor": 1800,
                "bills_minor": 2000,
                "dispensed_minor": 400,
                "in_tubes_minor": 1400,
            },
            "cashless": {"units": 5, "amount_minor": 1250},
            "lanes": [
                {"lane": "10", "price_minor": 250, "sold": 9, "amount_minor": 2250},
                {"lane": "11", "price_minor": 250, "sold": 8, "amount_minor": 2000},
            ],
            "events": [{"code": "EJH", "count": 4, "active": True, "at": "2026-02-28T23:10:00"}],
            "warnings": [],
        }
    ]


def test_what_an_audit_does_not_carry_is_null(dex: Dex, tmp_path: Path) -> None:
    path = saved(tmp_path, "a.dex", b"DXS*A*VA*V0/6*1\r\nST*001*0001\r\nVA1*100\r\nSE*3*0001\r\nDXE*1*1\r\n")
    (found,) = dex("check", path, "--json").document
    assert found["paid"] == {"units": None, "amount_minor": 100}
    assert found["machine"] == {"serial": None, "model": None}
    assert (found["g85"], found["currency"], found["decimals"]) == ("absent", None, None)
    assert set(found["cash"].values()) == {None}
    assert (found["lanes"], found["events"]) == ([], [])


def test_a_wrong_check_value_is_a_warning_and_exit_code_0(dex: Dex, tmp_path: Path) -> None:
    done = dex("check", saved(tmp_path, "a.dex", audit(g85="1234")), "--json")
    assert done.code == 0
    (found,) = done.document
    assert found["g85"] == "mismatch"
    assert found["warnings"][0].startswith("G85 mismatch: G85 says 1234")


def test_several_audits_of_several_files_come_in_their_order(dex: Dex, tmp_path: Path) -> None:
    first = saved(tmp_path, "a.dex", audit() + audit())
    second = saved(tmp_path, "b.dex", audit())
    found = dex("check", first, second, "--json").document
    assert [(one["file"], one["index"]) for one in found] == [
        (str(first), 0),
        (str(first), 1),
        (str(second), 0),
    ]


def test_a_file_without_an_audit_is_exit_code_1_and_the_others_are_still_told(
    dex: Dex, tmp_path: Path
) -> None:
    empty = saved(tmp_path, "empty.txt", b"hello\n")
    done = dex("check", empty, saved(tmp_path, "a.dex", audit()), "--json")
    assert done.code == 1
    assert len(done.document) == 1
    assert done.err == (
        f"hawker: {empty}: must hold an EVA-DTS audit (a DXS or ST line and something after it)\n"
    )


def test_a_file_that_is_not_there_or_too_big_is_exit_code_2(dex: Dex, tmp_path: Path) -> None:
    missing = dex("check", tmp_path / "none.dex", "--json")
    assert (missing.code, missing.out) == (2, "")
    assert missing.err.endswith("none.dex: must be usable: No such file or directory\n")
    big = dex("check", saved(tmp_path, "big", b" " * (4 * 1024 * 1024 + 1)))
    assert (big.code, big.err.splitlines()[0][-44:]) == (
        2,
        "an audit file must be <= 4194304 bytes, not more"[-44:],
    )
    assert dex("check", tmp_path).code == 2
    assert dex("check").code == 2


def test_people_get_tables(dex: Dex, tmp_path: Path) -> None:
    done = dex("check", saved(tmp_path, "a.dex", audit(g85="1234")))
    assert done.code == 0
    assert "HK0712 SNACK 40, G85 mismatch" in done.out
    assert "42.50" in done.out
    assert "EJH" in done.out
    assert "warning: G85 mismatch" in done.out


LATER = changed(
    VA1="VA1*5250*21",
    CA2="CA2*3500*14",
    DA2="DA2*1750*7",
    CA3="CA3*0*0*0*0*5900*1400*2000*0*0*2500",
    CA4="CA4*50*0*450*100",
    CA15="CA15*1550",
    PA2="PA2*11*2750",
)


def test_reconcile_gives_identities_and_what_happened_between(dex: Dex, tmp_path: Path) -> None:
    old, new = saved(tmp_path, "old", audit()), saved(tmp_path, "new", audit(LATER))
    done = dex("reconcile", old, new, "--json")
    assert (done.code, done.err) == (0, "")
    found = done.document
    assert sorted(found) == ["delta", "identities"]
    assert found["identities"][0] == {"name": "VA1=CA2+DA2", "left": 1000, "right": 1000, "holds": True}
    assert all(one["holds"] for one in found["identities"])
    assert found["delta"]["paid"] == {"units": 4, "amount_minor": 1000}
    assert found["delta"]["cash"]["in_minor"] == 900
    assert found["delta"]["lanes"][0] == {
        "lane": "10",
        "price_was_minor": 250,
        "price_minor": 250,
        "sold": 2,
        "amount_minor": 500,
    }


def test_an_identity_that_does_not_hold_is_exit_code_1(dex: Dex, tmp_path: Path) -> None:
    old = saved(tmp_path, "old", audit())
    new = saved(tmp_path, "new", audit(changed(VA1="VA1*5250*21")))
    done = dex("reconcile", old, new, "--json")
    assert done.code == 1
    assert [one["name"] for one in done.document["identities"] if not one["holds"]] == ["VA1=CA2+DA2"]
    assert "DOES NOT HOLD" in dex("reconcile", old, new).out


def test_audits_of_two_machines_are_exit_code_2(dex: Dex, tmp_path: Path) -> None:
    old = saved(tmp_path, "old", audit())
    new = saved(tmp_path, "new", audit(changed(ID1="ID1*HK0713*SNACK 40")))
    done = dex("reconcile", old, new)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "hawker: reconcile: both audits must be of one machine, "
        "but ID101 is 'HK0712' in OLD and 'HK0713' in NEW\n"
    )


def test_reconcile_wants_one_audit_in_each_file(dex: Dex, tmp_path: Path) -> None:
    two = saved(tmp_path, "two", audit() + audit())
    done = dex("reconcile", two, two)
    assert (done.code, done.err) == (2, f"hawker: {two}: must hold one audit, not 2\n")


def test_read_cleans_a_file_and_saves_it(dex: Dex, tmp_path: Path) -> None:
    path = saved(tmp_path, "a.daa", b"reader 7\n<000|x|>" + audit(end="\n") + b"<A|B>")
    out = tmp_path / "clean.dex"
    assert dex("read", path, "--out", out).code == 0
    assert out.read_bytes() == audit()
    done = dex("read", path, "--json")
    assert (done.code, done.document["text"].encode(), len(done.document["audits"])) == (0, audit(), 1)


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (["nowhere"], "nowhere: must be a file, or a way in such as serial:/dev/ttyUSB0?driver=dex"),
        (["serial:/dev/none?driver=fafb"], "driver must serve an audit port, as dex does, not fafb"),
        (["serial:/dev/none?driver=dex"], "serial port /dev/none"),
    ],
)
def test_read_says_what_is_wrong_with_a_way_in(dex: Dex, arguments: list[str], rule: str) -> None:
    done = dex("read", *arguments)
    assert (done.code, done.out) == (2, "")
    assert rule in done.err
    assert len(done.err.splitlines()) == 1


def test_every_dump_of_a_real_machine_is_checked_without_a_traceback(
    dex: Dex, recordings: Recordings
) -> None:
    files = sorted(recordings.folder("vending/dex").iterdir())
    done = dex("check", *files, "--json")
    assert (done.code, done.err) == (0, "")
    assert len(done.document) >= len(files)
    assert dex("check", *files).code == 0
