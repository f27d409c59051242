"""A node joins with a one-time code, its own key and an operator's yes; over real tcp."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
import trio.testing

from runtime.bus import keys
from runtime.bus.door import announce, knock, open_door
from runtime.bus.office import Guard
from runtime.bus.wire import DoorEndpoints
from runtime.errors import DeviceUnavailable, Refused
from runtime.pairing import CODE_SECONDS, TRIES_MAX, PairingDesk
from runtime.roster import Roster

OFFICE, NODE = keys.make(), keys.make()
KEY = NODE.public.decode()
PRINT = keys.fingerprint(OFFICE.public)


class Watch:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


def desk(folder: Path) -> tuple[PairingDesk, Roster, Watch]:
    roster, watch = Roster(folder / "roster.json"), Watch()
    return PairingDesk(folder / "pairing.json", roster, watch), roster, watch


def test_a_right_code_waits_for_an_operator_and_works_once(tmp_path: Path) -> None:
    pairing, roster, _ = desk(tmp_path)
    code = pairing.issue("gw-1")
    assert code.replace("-", "") not in (tmp_path / "pairing.json").read_text()
    assert pairing.knock("gw-1", "SN-7", code.lower(), KEY) == "waiting"
    assert pairing.knock("gw-1", "SN-7", code, KEY) == "waiting"
    assert pairing.knock("gw-1", "SN-8", code, keys.make().public.decode()) == "refused"
    assert [(each.node, each.serial) for each in pairing.waiting()] == [("gw-1", "SN-7")]
    with pytest.raises(Refused, match="gw-1 with serial SN-8 must be waiting"):
        pairing.confirm("gw-1", "SN-8")
    pairing.confirm("gw-1", "SN-7")
    assert roster.node_of(KEY) == "gw-1"
    assert pairing.knock("gw-1", "SN-7", "", KEY) == "admitted"
    assert pairing.knock("gw-2", "SN-7", "", KEY) == "refused"


def test_a_knock_right_after_another_process_confirmed_is_admitted(tmp_path: Path) -> None:
    pairing, _, watch = desk(tmp_path)
    code = pairing.issue("gw-1")
    assert pairing.knock("gw-1", "SN-7", code, KEY) == "waiting"
    operator = PairingDesk(tmp_path / "pairing.json", Roster(tmp_path / "roster.json"), watch)
    operator.confirm("gw-1", "SN-7")
    assert pairing.knock("gw-1", "SN-7", code, KEY) == "admitted"


def test_a_code_ends_with_time_and_with_wrong_tries(tmp_path: Path) -> None:
    pairing, _, watch = desk(tmp_path)
    late = pairing.issue("gw-1")
    watch.now += CODE_SECONDS
    assert pairing.knock("gw-1", "SN-7", late, KEY) == "refused"
    code = pairing.issue("gw-1")
    for _ in range(TRIES_MAX):
        assert pairing.knock("gw-1", "SN-7", "AAAA-AAAA", KEY) == "refused"
    assert pairing.knock("gw-1", "SN-7", code, KEY) == "refused"
    older, newer = pairing.issue("gw-1"), pairing.issue("gw-1")
    assert pairing.knock("gw-1", "SN-7", older, KEY) == "refused"
    assert pairing.knock("gw-2", "SN-7", newer, KEY) == "refused"
    assert pairing.knock("gw-1", "SN-7", newer, KEY) == "waiting"
    pairing.reject("gw-1")
    assert pairing.waiting() == []


@pytest.mark.parametrize("name", ["", "x" * 121, "gw\n1", "店"])
def test_a_name_or_serial_that_cannot_be_one_is_refused(tmp_path: Path, name: str) -> None:
    pairing, _, _ = desk(tmp_path)
    with pytest.raises(Refused, match="must be 1 to 120 printable ASCII characters"):
        pairing.issue(name)
    with pytest.raises(Refused, match="serial must be 1 to 120"):
        pairing.knock("gw-1", name, "AAAA-AAAA", KEY)


def test_a_knock_that_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    pairing, _, _ = desk(tmp_path)
    assert pairing.knock("gw-1", "SN-7", "AAAA-AAAA", KEY) == "refused"
    assert not (tmp_path / "pairing.json").exists()
    code = pairing.issue("gw-1")
    assert pairing.knock("gw-1", "SN-7", code, KEY) == "waiting"
    file = tmp_path / "pairing.json"
    written = file.stat().st_ino
    for node, state in (("gw-1", "waiting"), ("gw-2", "refused")):
        assert pairing.knock(node, "SN-7", code, KEY) == state
    assert file.stat().st_ino == written
    pairing.issue("gw-2")
    assert pairing.knock("gw-2", "SN-7", "AAAA-AAAA", KEY) == "refused"
    assert f'"tries_left": {TRIES_MAX - 1}' in file.read_text()


async def test_a_damaged_file_lets_nobody_in_and_the_office_goes_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pairing, roster, _ = desk(tmp_path)
    code = pairing.issue("gw-1")
    file = tmp_path / "pairing.json"
    whole = file.read_text()
    with trio.fail_after(30):
        async with open_door(Guard(OFFICE, roster), pairing) as door:
            file.write_text("{broken")
            for _ in range(2):
                with pytest.raises(Refused, match="the office refused gw-1"):
                    await knock(door.endpoints, PRINT, NODE, node="gw-1", serial="SN-7", code=code)
            assert capfd.readouterr().err.count("must be a file that Hawker wrote") == 1
            file.unlink()
            file.mkdir()
            with pytest.raises(Refused, match="the office refused gw-1"):
                await knock(door.endpoints, PRINT, NODE, node="gw-1", serial="SN-7", code=code)
            file.rmdir()
            file.write_text(whole)
            with trio.move_on_after(1):
                await knock(door.endpoints, PRINT, NODE, node="gw-1", serial="SN-7", code=code)
    assert [each.node for each in pairing.waiting()] == ["gw-1"]


async def test_a_node_knocks_over_the_wire_until_an_operator_says_yes(tmp_path: Path) -> None:
    pairing, roster, _ = desk(tmp_path)
    code = pairing.issue("gw-1")
    with trio.fail_after(20):
        async with open_door(Guard(OFFICE, roster), pairing) as door, trio.open_nursery() as nursery:

            async def confirm() -> None:
                while not pairing.waiting():
                    await trio.testing.wait_all_tasks_blocked(0.01)
                PairingDesk(tmp_path / "pairing.json", Roster(tmp_path / "roster.json"), Watch()).confirm(
                    "gw-1", "SN-7"
                )
                roster.refresh()

            nursery.start_soon(confirm)
            told = await knock(door.endpoints, PRINT, NODE, node="gw-1", serial="SN-7", code=code)
            assert told == OFFICE.public
    assert roster.node_of(KEY) == "gw-1"


async def test_a_false_office_a_wrong_code_and_nobody_are_told_apart(tmp_path: Path) -> None:
    pairing, roster, _ = desk(tmp_path)
    pairing.issue("gw-1")
    with trio.fail_after(30):
        async with open_door(Guard(OFFICE, roster), pairing) as door:
            other = keys.fingerprint(keys.make().public)
            with pytest.raises(Refused, match="the office's fingerprint must be"):
                await knock(door.endpoints, other, NODE, node="gw-1", serial="SN-7", code="AAAA-AAAA")
            with pytest.raises(Refused, match="the office refused gw-1"):
                await knock(door.endpoints, PRINT, NODE, node="gw-1", serial="SN-7", code="AAAA-AAAA")
        nobody = DoorEndpoints("tcp://127.0.0.1:9", "tcp://127.0.0.1:9")
        with pytest.raises(DeviceUnavailable, match="an office must answer there within 5 s"):
            await knock(nobody, PRINT, NODE, node="gw-1", serial="SN-7", code="AAAA-AAAA")


async def test_a_node_announces_its_next_key_by_the_one_it_has(tmp_path: Path) -> None:
    pairing, roster, _ = desk(tmp_path)
    fresh, other = keys.make(), keys.make()
    with trio.fail_after(20):
        async with open_door(Guard(OFFICE, roster), pairing) as door:
            with pytest.raises(Refused, match="the office must know this node's key"):
                await announce(door.endpoints, OFFICE.public, NODE, fresh.public)
            roster.admit("gw-1", KEY)
            roster.admit("gw-2", other.public.decode())
            with pytest.raises(Refused, match="the office must know this node's key"):
                await announce(door.endpoints, OFFICE.public, NODE, other.public)
            await announce(door.endpoints, OFFICE.public, NODE, fresh.public)
    assert roster.node_of(fresh.public.decode()) == roster.node_of(KEY) == "gw-1"
    roster.used(fresh.public.decode())
    assert roster.node_of(KEY) == ""
