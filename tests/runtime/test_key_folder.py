"""The folder of keys: what is in it, what may be, and that a running node sees its key change."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from runtime.bus import keys
from runtime.bus.key_folder import KeyFolder, KnownOffice, NodeKeys, OfficeAddress
from runtime.errors import ConfigError


def test_an_office_is_remembered_with_its_address_or_without(tmp_path: Path) -> None:
    folder, public = KeyFolder(tmp_path), keys.make().public
    assert folder.office() is None
    for known in (KnownOffice(public, None), KnownOffice(public, OfficeAddress("10.0.0.7", 8100))):
        folder.keep_office(known)
        assert folder.office() == known
    (folder.path / "office.pub").write_text("short")
    with pytest.raises(ConfigError, match=r"office\.pub: must hold the office's public key"):
        folder.office()


def test_five_ports_in_a_row_are_an_offices() -> None:
    address = OfficeAddress.of("10.0.0.7:8100")
    assert str(address) == "10.0.0.7:8100"
    assert (address.wires.links, address.wires.watchers) == ("tcp://10.0.0.7:8100", "tcp://10.0.0.7:8102")
    assert (address.door.greeting, address.door.door) == ("tcp://10.0.0.7:8103", "tcp://10.0.0.7:8104")


@pytest.mark.parametrize("text", ["", "8100", ":8100", "host:", "host:0", "host:65532", "host:x"])
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(ConfigError, match="office: must be HOST:PORT with a port from 1 to 65531"):
        OfficeAddress.of(text)


@pytest.mark.parametrize("name", ["", "../office", "a/b", ".key", "x" * 121])
def test_a_name_that_is_no_file_name_has_no_key(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="node name: must be of letters, digits"):
        KeyFolder(tmp_path).key(name)


async def test_a_running_node_sees_its_key_change(tmp_path: Path) -> None:
    folder, office = KeyFolder(tmp_path), keys.make().public
    mine = NodeKeys(folder, "gw-1", office)
    before, after = folder.key("gw-1"), folder.next_key("gw-1")
    assert (mine.security().keys, mine.security().office) == (before, office)
    assert before != after == folder.next_key("gw-1")
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(mine.changed)
            folder.change("gw-1")
    assert mine.security().keys == folder.key("gw-1") == after
