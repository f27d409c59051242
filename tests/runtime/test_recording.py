from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from mcap.reader import make_reader

from runtime import wire
from runtime.actor import Report, Started
from runtime.command import CommandEnded, CommandIssued, Deliver
from runtime.errors import ConfigError, LedgerError, ProtocolError
from runtime.recorded import (
    Input,
    Published,
    decode_facts,
    decode_inputs,
    encode_facts,
    encode_inputs,
)
from runtime.recording import DayStart, Recorder, read_day, recorded_days
from runtime.wire import CHAIN_START, FactRecord

DAY_US = 86_400_000_000
START_US = 1_496_275_200_000_000  # 2017-06-01 UTC
ABOUT = {"chain": '{"name": "hk-演示"}', "seed": "1"}


def date_of(at_us: int) -> str:
    return f"2017-06-{1 + (at_us - START_US) // DAY_US:02}"


def turn(number: int, head: bytes) -> tuple[list[Input], list[FactRecord], list[Published]]:
    """What one kernel turn leaves: two inputs, a fact, a reading."""
    at_us = START_US + number * 1_000
    told = CommandEnded(id=f"office:{number}", outcome="done", body=b"\x00\xff" * (number % 40))
    inputs = [
        Input(number * 5, at_us, "hk-0712/lane/A3", Deliver(id=f"office:{number}", body=b"body")),
        Input(number * 5 + 3, at_us, "office/alarms", Report("gw-1", number, "hk-0712", at_us - 7, told)),
    ]
    fact = CommandIssued(id=f"gw:{number}", to="hk-0712", body=b"", expires_at_us=at_us, asked_by="商店")
    record = FactRecord(number, "commands", at_us, wire.encode(fact), b"")
    record.chain = wire.chained(head, record.wire_bytes())
    return inputs, [record], [Published("hk-0712", at_us, told)]


Turns = tuple[list[Input], list[FactRecord], list[Published]]


def record_turns(recorder: Recorder, first: int, count: int, head: bytes = CHAIN_START) -> Turns:
    every: Turns = ([], [], [])
    for number in range(first, first + count):
        inputs, records, readings = turn(number, head)
        recorder.append(inputs, records, readings)
        head = records[-1].chain
        every[0].extend(inputs)
        every[1].extend(records)
        every[2].extend(readings)
    return every


def begun(directory: Path, snapshot: bytes = b"") -> tuple[Recorder, Path]:
    recorder = Recorder(directory, "gw-1", date_of, ABOUT)
    return recorder, recorder.begin_day(DayStart(date="2017-06-01", now_us=START_US, handled=4), snapshot)


def test_a_day_is_read_back_as_it_was_recorded(tmp_path: Path) -> None:
    recorder, path = begun(tmp_path, b"state")
    inputs, records, readings = record_turns(recorder, 1, 2_345)
    started = Input(20_000, START_US + 3_000_000, "hk-0712", Started())
    recorder.append([started], [])
    recorder.close()
    recorder.close()

    assert path == tmp_path / "gw-1" / "2017-06-01.mcap"
    day = read_day(path)
    assert (day.node, day.about, day.snapshot, day.whole) == ("gw-1", ABOUT, b"state", True)
    assert day.start == DayStart(date="2017-06-01", now_us=START_US, handled=4, seq=0, chain=CHAIN_START)
    assert day.inputs == [*inputs, started]
    assert day.records == records
    assert day.readings == readings


def test_an_empty_day_is_read_back(tmp_path: Path) -> None:
    recorder, path = begun(tmp_path)
    recorder.close()
    day = read_day(path)
    assert (day.inputs, day.records, day.readings, day.whole) == ([], [], [], True)


def test_each_business_day_has_its_own_complete_file(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "gw-1", date_of, ABOUT)
    assert recorder.day_to_begin(START_US) == "2017-06-01"
    recorder.begin_day(DayStart(date="2017-06-01", now_us=START_US), b"first")
    assert recorder.day_to_begin(START_US) is None
    assert recorder.day_to_begin(START_US + DAY_US - 1) is None
    first = record_turns(recorder, 1, 10)[1]
    assert recorder.day_to_begin(START_US + DAY_US) == "2017-06-02"
    start = DayStart(date="2017-06-02", now_us=START_US + DAY_US, handled=50, seq=10, chain=first[-1].chain)
    recorder.begin_day(start, b"second")
    second = record_turns(recorder, 11, 5, first[-1].chain)[1]
    recorder.close()

    days = [read_day(path) for path in recorded_days(tmp_path)["gw-1"]]
    assert [day.records for day in days] == [first, second]
    assert [day.snapshot for day in days] == [b"first", b"second"]
    assert [day.about for day in days] == [ABOUT, ABOUT]
    assert days[1].start == start


def test_files_are_listed_by_node_in_order_of_day(tmp_path: Path) -> None:
    for node in ("store-2", "gw-1"):
        recorder = Recorder(tmp_path, node, date_of, ABOUT)
        for date in ("2017-06-10", "2017-06-02", *["2017-06-03"] * 11):
            recorder.begin_day(DayStart(date=date, now_us=START_US), b"")
        recorder.close()
    (tmp_path / "gw-1" / "notes.txt").write_text("not a recording")
    (tmp_path / "report.json").write_text("{}")

    days = recorded_days(tmp_path)
    assert list(days) == ["gw-1", "store-2"]
    again = [f"2017-06-03.{number}.mcap" for number in range(2, 12)]
    expected = ["2017-06-02.mcap", "2017-06-03.mcap", *again, "2017-06-10.mcap"]
    assert [path.name for path in days["gw-1"]] == expected


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ConfigError, match=r"recording must have files NODE/DATE\.mcap, and has none"):
            recorded_days(folder)


def test_a_file_cut_anywhere_gives_every_whole_chunk(tmp_path: Path) -> None:
    recorder, path = begun(tmp_path, b"state")
    inputs, records, _ = record_turns(recorder, 1, 6_000)
    recorder.close()
    whole, cut = path.read_bytes(), tmp_path / "cut.mcap"

    kept = []
    for size in (*range(2_000, len(whole), len(whole) // 29), len(whole) - 40):
        cut.write_bytes(whole[:size])
        day = read_day(cut)
        assert (day.whole, day.about, day.snapshot) == (False, ABOUT, b"state")
        assert day.inputs == inputs[: len(day.inputs)]
        assert day.records == records[: len(day.records)]
        if day.records:
            assert day.inputs[-1].handled >= day.records[-1].seq * 5
        kept.append(len(day.records))
    assert kept == sorted(kept)
    assert len(set(kept)) >= 5
    assert kept[-1] == len(records)


def test_what_was_flushed_survives_a_crash(tmp_path: Path) -> None:
    recorder, path = begun(tmp_path)
    inputs, records, _ = record_turns(recorder, 1, 3)
    recorder.flush()
    record_turns(recorder, 4, 3, records[-1].chain)
    day = read_day(path)
    assert (day.inputs, day.records, day.whole) == (inputs, records, False)
    recorder.close()
    assert len(read_day(path).records) == 6


def test_a_damaged_chunk_ends_the_day_there(tmp_path: Path) -> None:
    recorder, path = begun(tmp_path)
    records = record_turns(recorder, 1, 6_000)[1]
    recorder.close()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)
    day = read_day(path)
    assert not day.whole
    assert 0 < len(day.records) < len(records)


def test_metadata_that_was_changed_is_noticed(tmp_path: Path) -> None:
    recorder, path = begun(tmp_path)
    record_turns(recorder, 1, 10)
    recorder.close()
    data = path.read_bytes()
    assert b'"name": "hk' in data
    path.write_bytes(data.replace(b'"name": "hk', b'"name": "hx', 1))
    assert not read_day(path).whole


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (None, "recording must be readable: No such file or directory"),
        (b"", "recording must be an MCAP file"),
        (b"\x89MCAP", "recording must be an MCAP file"),
        (b"date,product\n2017-06-01,cola\n", "recording must be an MCAP file"),
        (b"\x89MCAP0\r\n", "recording must have its metadata and snapshot, and ends before"),
    ],
)
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, content: bytes | None, rule: str) -> None:
    path = tmp_path / "2017-06-01.mcap"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=rf"2017-06-01\.mcap: {rule}"):
        read_day(path)


def test_a_day_whose_facts_do_not_follow_its_start_is_refused(tmp_path: Path) -> None:
    recorder, path = begun(tmp_path)
    recorder.append([], turn(2, CHAIN_START)[1])
    recorder.close()
    with pytest.raises(LedgerError, match=r"2017-06-01\.mcap: next fact must be 1, not 2"):
        read_day(path)


def test_other_readers_of_the_format_can_open_it(tmp_path: Path) -> None:
    recorder, path = begun(tmp_path, b"state")
    record_turns(recorder, 1, 700)
    recorder.close()
    with path.open("rb") as file:
        reader = make_reader(file, validate_crcs=True)
        assert reader.get_header().profile == "hawker/1"
        assert {m.name: m.metadata for m in reader.iter_metadata()}["about"] == ABOUT
        assert [(a.name, a.data) for a in reader.iter_attachments()] == [("snapshot", b"state")]
        topics: dict[str, int] = {}
        for schema, channel, message in reader.iter_messages():
            assert schema is not None
            assert (schema.encoding, channel.message_encoding) == ("jsonschema", "msgpack")
            assert "type" in json.loads(schema.data)
            topics[channel.topic] = topics.get(channel.topic, 0) + 1
            batch: Any = msgspec.msgpack.decode(message.data)
            rows = batch[1] if channel.topic == "facts" else batch
            assert rows[0][-1][0] in {"command.deliver/1", "command.issued/1", "command.ended/1"}
        assert topics == {"inputs": 3, "facts": 3, "readings": 3}


@pytest.mark.parametrize(
    "data",
    [b"", b"\xc1", b"\x91\x01", b"\x91\x94\x01\x02\xa1x\x92\xa9unknown/1\x80", b"\x91\x94\x01\x02\xa1x\x80"],
)
def test_a_batch_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError, match=r"of \d+ bytes|message tag must be"):
        decode_inputs(data)
    with pytest.raises(ProtocolError, match=r"batch of facts of \d+ bytes"):
        decode_facts(data)


def test_batches_keep_wire_bytes_and_hashes(tmp_path: Path) -> None:
    inputs, records, _ = turn(9, b"\x07" * 32)
    assert decode_facts(encode_facts(records)) == records
    assert decode_inputs(encode_inputs(inputs)) == inputs
    assert wire.encode(inputs[0].message) in encode_inputs(inputs)
