from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from actors.ledger import backup, queries
from actors.ledger.writer import LedgerWriter
from runtime.errors import ConfigError, LedgerError
from runtime.health import DiskFilled
from runtime.link_ports import Position
from runtime.wire import CHAIN_START, FactRecord, chained, encode


def facts(count: int) -> list[FactRecord]:
    records, chain = [], CHAIN_START
    for seq in range(1, count + 1):
        record = FactRecord(seq, "health", seq, encode(DiskFilled()), b"")
        chain = record.chain = chained(chain, record.wire_bytes())
        records.append(record)
    return records


def opened(path: Path) -> LedgerWriter:
    return LedgerWriter(path, currency="HKD", time_zone="Asia/Hong_Kong", cutoff_minute=0)


def test_a_ledger_is_copied_while_its_writer_works(tmp_path: Path) -> None:
    path, copy, records = tmp_path / "ledger", tmp_path / "copy", facts(20)
    with closing(opened(path)) as writer:
        writer.store("gw-1", 1, records[:12])
        positions = backup.back_up(path, copy)
        assert positions == {"gw-1": Position(1, 12, records[11].chain)}
        writer.store("gw-1", 1, records[12:])
    assert list(queries.facts_after(copy, "gw-1", epoch=0)) == records[:12]
    with closing(opened(copy)) as restored:
        assert restored.position("gw-1") == positions["gw-1"]
        restored.store("gw-1", 1, records)
        assert restored.facts == 20


def test_a_back_up_takes_no_files_place_and_needs_a_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with pytest.raises(ConfigError, match="ledger must be an existing file"):
        backup.back_up(path, tmp_path / "copy")
    opened(path).close()
    with pytest.raises(ConfigError, match="back-up must be a new file"):
        backup.back_up(path, path)
    with pytest.raises(LedgerError, match="back-up could not be written"):
        backup.back_up(path, tmp_path / "gone" / "copy")


def test_what_is_confirmed_is_known_and_the_latest_counts(tmp_path: Path) -> None:
    assert backup.covered(tmp_path) == {}
    one, other = Position(1, 5, b"\x01" * 32), Position(2, 9, b"\x02" * 32)
    backup.confirm(tmp_path, {"gw-1": one, "gw-2": one})
    backup.confirm(tmp_path, {"gw-2": other})
    assert backup.covered(tmp_path) == {"gw-1": one, "gw-2": other}
    (tmp_path / backup.COVERED).write_text('{"gw-1": 5}')
    with pytest.raises(ConfigError, match=r"covered\.json: must be as ledger backup wrote it"):
        backup.covered(tmp_path)
