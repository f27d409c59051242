"""Recordings: ``DIR/NODE/DATE.mcap``, one file for each node and business day, each complete in itself.

A file holds, in this order: metadata ``about`` (chain, settings, seed, versions) and ``day`` (where the day
starts), the node's state at that moment as attachment ``snapshot``, and then the channels ``inputs``,
``facts`` and ``readings``: MessagePack batches (``runtime.recorded``) with JSON schemas, in zstd chunks of 64
kB. A batch's facts stand behind the inputs that caused them, so a file cut short by a crash never holds a
fact without its cause. A node that starts again within a day goes on in ``DATE.2.mcap``.
"""

from __future__ import annotations

import contextlib
import json
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import attrs
import zstandard
from mcap.exceptions import InvalidMagic, McapError
from mcap.records import Attachment, Channel, Footer, Header, McapRecord, Message, Metadata
from mcap.stream_reader import CRCValidationError, StreamReader
from mcap.writer import MCAP0_MAGIC, CompressionType, Writer

from runtime.address import checked
from runtime.errors import ConfigError, ProtocolError
from runtime.journal import check_chain
from runtime.recorded import (
    Input,
    Published,
    decode_facts,
    decode_inputs,
    decode_readings,
    encode_facts,
    encode_inputs,
    encode_readings,
)
from runtime.wire import CHAIN_START, FactRecord

PROFILE = "hawker/1"
CHUNK_BYTES = 64 * 1024
RECORD_BYTES_MAX = 1 << 30
"""A longer record in a file is refused before it is read."""

_BATCH = 500
_MINUTE_US = 60_000_000
_FILE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.(\d+))?\.mcap")

_DAMAGE = (
    McapError, CRCValidationError, zstandard.ZstdError, struct.error,
    UnicodeDecodeError, OverflowError, MemoryError,
)  # fmt: skip
"""What mcap raises on a record that is cut or damaged; the last two on a spoilt length."""

_INTEGER, _TEXT = {"type": "integer"}, {"type": "string"}


def _rows(title: str, *columns: tuple[str, dict[str, str]]) -> dict[str, Any]:
    """JSON schema of a list of arrays with these columns, the last of them a message."""
    message = {"title": "message", "prefixItems": [{"title": "tag", **_TEXT}, {"title": "body"}]}
    named = [{"title": name, **kind} for name, kind in columns]
    return {"title": title, "type": "array", "items": {"type": "array", "prefixItems": [*named, message]}}


_FACT_ROWS = _rows("facts", ("seq", _INTEGER), ("source", _TEXT), ("at_us", _INTEGER))
_CHANNELS: dict[str, dict[str, Any]] = {
    "inputs": _rows("inputs", ("handled", _INTEGER), ("now_us", _INTEGER), ("to", _TEXT)),
    "facts": {"type": "array", "prefixItems": [{"title": "chain hash of the first fact"}, _FACT_ROWS]},
    "readings": _rows("readings", ("at_us", _INTEGER), ("source", _TEXT)),
}


@attrs.frozen(kw_only=True)
class DayStart:
    """Where a node stood when a day's file began.

    Attributes:
        date: business day, ISO.
        now_us: the kernel's time.
        handled: messages its kernel had handled; inputs count from there.
        seq: the last fact before the day.
        chain: that fact's chain hash.
    """

    date: str
    now_us: int
    handled: int = 0
    seq: int = 0
    chain: bytes = CHAIN_START


class Recorder:
    """Writes one node's recording.

    Args:
        directory: DIR; the node's folder is made in it.
        node: the node's name.
        cutoff: gives the ISO date of the business day that a moment (microseconds) belongs to.
        about: what replay needs beside the days: chain as JSON, settings, seed, versions.

    Attributes:
        folder: the node's.
    """

    def __init__(
        self, directory: Path, node: str, cutoff: Callable[[int], str], about: dict[str, str]
    ) -> None:
        self.folder = directory / checked(node)
        self._node = node
        self._cutoff = cutoff
        self._about = about
        self._file: IO[bytes] | None = None
        self._date = ""
        self._minute = -1
        self._inputs: list[Input] = []
        self._records: list[FactRecord] = []
        self._readings: list[Published] = []

    @property
    def date(self) -> str:
        """The business day of the file at hand."""
        return self._date

    def day_to_begin(self, now_us: int) -> str | None:
        """The business day to begin a file for, or None while the file at hand is of the right day.

        Cheap: asks ``cutoff`` once a minute of the clock; cut-offs fall on whole minutes.
        """
        minute = now_us // _MINUTE_US
        if minute == self._minute:
            return None
        date = self._cutoff(now_us)
        if date == self._date:
            self._minute = minute
            return None
        return date

    def begin_day(self, start: DayStart, snapshot: bytes) -> Path:
        """Finish the file at hand and begin the next; return its path. Raises ConfigError if it cannot."""
        self._date, self._minute = start.date, -1
        self.close()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"{self.folder}: recording must be writable: {error.strerror}") from error
        self._file, path = self._new_file(start.date)
        writer = self._writer = Writer(
            self._file, chunk_size=CHUNK_BYTES, compression=CompressionType.ZSTD, enable_data_crcs=True
        )
        writer.start(profile=PROFILE)
        writer.add_metadata("about", self._about)
        day = {name: str(value) for name, value in attrs.asdict(start).items()}
        writer.add_metadata("day", {**day, "chain": start.chain.hex(), "node": self._node})
        at_ns = start.now_us * 1000
        writer.add_attachment(at_ns, at_ns, "snapshot", "application/msgpack", snapshot)
        self._channel = {}
        for topic, schema in _CHANNELS.items():
            schema_id = writer.register_schema(f"hawker.{topic}", "jsonschema", json.dumps(schema).encode())
            self._channel[topic] = writer.register_channel(topic, "msgpack", schema_id)
        self._file.flush()
        return path

    def append(
        self, inputs: Sequence[Input], records: Sequence[FactRecord], readings: Sequence[Published] = ()
    ) -> None:
        """Add a turn's inputs, the facts they caused, and readings; a file must have begun."""
        self._inputs += inputs
        self._records += records
        self._readings += readings
        if len(self._inputs) >= _BATCH or len(self._records) >= _BATCH or len(self._readings) >= _BATCH:
            self._write()

    def flush(self) -> None:
        """Hand everything appended to the operating system. Compression is per chunk: not after each turn."""
        if self._file is not None:
            self._write()
            self._writer.flush()  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Finish the file at hand. Closing twice is harmless."""
        if self._file is not None:
            self._write()
            self._writer.finish()  # type: ignore[no-untyped-call]
            self._file.close()
            self._file = None

    def leave(self) -> None:
        """End the file at hand as a crash would: readable to its last chunk, and known not to be whole."""
        self.flush()
        self.forsake()

    def forsake(self) -> None:
        """Let go of the file at hand and of what was appended but not written."""
        file, self._file = self._file, None
        self._inputs, self._records, self._readings = [], [], []
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()

    def _new_file(self, date: str) -> tuple[IO[bytes], Path]:
        for number in range(1, 10_000):
            path = self.folder / (f"{date}.mcap" if number == 1 else f"{date}.{number}.mcap")
            try:
                return path.open("xb"), path
            except FileExistsError:
                continue
            except OSError as error:
                raise ConfigError(f"{path}: recording must be writable: {error.strerror}") from error
        raise ConfigError(f"{self.folder}: a day must have fewer than 10000 files, {date} has more")

    def _write(self) -> None:
        if self._inputs:
            self._add("inputs", self._inputs[0].now_us, encode_inputs(self._inputs))
            self._inputs = []
        if self._records:
            self._add("facts", self._records[0].at_us, encode_facts(self._records))
            self._records = []
        if self._readings:
            self._add("readings", self._readings[0].at_us, encode_readings(self._readings))
            self._readings = []

    def _add(self, topic: str, at_us: int, data: bytes) -> None:
        self._writer.add_message(self._channel[topic], at_us * 1000, data, at_us * 1000)


@attrs.define(slots=True)
class RecordedDay:
    """One file of a recording, read.

    Attributes:
        node: whose.
        about: chain, settings, seed, versions, as the recorder was given them.
        start: where the day starts.
        snapshot: the node's state there.
        whole: the file was finished and is undamaged; False when batches are missing, as after a crash.
    """

    node: str
    about: dict[str, str]
    start: DayStart
    snapshot: bytes
    inputs: list[Input] = attrs.field(factory=list)
    records: list[FactRecord] = attrs.field(factory=list)
    readings: list[Published] = attrs.field(factory=list)
    whole: bool = False


def read_day(path: Path) -> RecordedDay:
    """Read one file; of a file cut short, everything up to its last complete chunk.

    Raises ConfigError for a file that is missing, no recording of ours, or cut or damaged before its first
    chunk, ProtocolError for a batch that is not what its channel says, and LedgerError for facts that do not
    follow.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise ConfigError(f"{path}: recording must be readable: {error.strerror}") from error
    with file:
        reading = _Reading(path)
        for record in _complete_records(file, path):
            reading.take(record)
    return reading.result()


def read_start(path: Path) -> tuple[DayStart, bool]:
    """Where a file's day starts, and whether the file was finished; reads its two ends only.

    Raises ConfigError as ``read_day`` does.
    """
    try:
        with path.open("rb") as file:
            reading = _Reading(path)
            for record in _complete_records(file, path):
                reading.take(record)
                if isinstance(record, Attachment):
                    break
            start = reading.result().start
            file.seek(-min(len(MCAP0_MAGIC), file.seek(0, 2)), 2)
            return start, file.read() == MCAP0_MAGIC
    except OSError as error:
        raise ConfigError(f"{path}: recording must be readable: {error.strerror}") from error


def files_of(folder: Path) -> list[Path]:
    """A node's files in order of day."""
    found = [(m[1], int(m[2] or 1), p) for p in folder.iterdir() if (m := _FILE.fullmatch(p.name))]
    return [path for *_, path in sorted(found)]


def recorded_days(directory: Path) -> dict[str, list[Path]]:
    """Every node's files in order of day. Raises ConfigError when there are none."""
    days: dict[str, list[Path]] = {}
    for folder in sorted(p for p in directory.iterdir() if p.is_dir()) if directory.is_dir() else ():
        if found := files_of(folder):
            days[folder.name] = found
    if not days:
        raise ConfigError(f"{directory}: recording must have files NODE/DATE.mcap, and has none")
    return days


class _Reading:
    """A day as its records come."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._topics: dict[int, str] = {}
        self._metadata: dict[str, dict[str, str]] = {}
        self._day: RecordedDay | None = None
        self._head = (0, CHAIN_START)
        self._whole = False

    def take(self, record: McapRecord) -> None:
        """Add one record."""
        match record:
            case Message():
                self._message(record)
            case Channel():
                self._topics[record.id] = record.topic
            case Metadata():
                self._metadata[record.name] = record.metadata
            case Attachment(name="snapshot"):
                self._begin(record.data)
            case Footer():
                self._whole = True
            case Header() if record.profile != PROFILE:
                raise ConfigError(f"{self._path}: profile must be {PROFILE}, not {record.profile!r}")

    def result(self) -> RecordedDay:
        """The day, as far as it could be read."""
        if self._day is None:
            raise ConfigError(f"{self._path}: recording must have its metadata and snapshot, and ends before")
        self._day.whole = self._whole
        return self._day

    def _begin(self, snapshot: bytes) -> None:
        try:
            day = self._metadata["day"]
            start = DayStart(
                date=day["date"],
                now_us=int(day["now_us"]),
                handled=int(day["handled"]),
                seq=int(day["seq"]),
                chain=bytes.fromhex(day["chain"]),
            )
            self._head = (start.seq, start.chain)
            self._day = RecordedDay(day["node"], self._metadata["about"], start, snapshot)
        except (KeyError, ValueError) as error:
            raise ConfigError(f"{self._path}: metadata must be about and day: {error!r}") from error

    def _message(self, record: Message) -> None:
        topic = self._topics.get(record.channel_id)
        if self._day is None or topic is None:
            raise ConfigError(f"{self._path}: recording must have its snapshot and channels before messages")
        try:
            if topic == "inputs":
                self._day.inputs += decode_inputs(record.data)
            elif topic == "facts":
                records = decode_facts(record.data)
                check_chain(str(self._path), self._head, records[:1])
                self._head = (records[-1].seq, records[-1].chain)
                self._day.records += records
            elif topic == "readings":
                self._day.readings += decode_readings(record.data)
        except ProtocolError as error:
            raise ProtocolError(f"{self._path}: {error}") from error


def _complete_records(file: IO[bytes], path: Path) -> Iterator[McapRecord]:
    """Records up to the end, or to the first that is cut or damaged."""
    try:
        yield from StreamReader(file, validate_crcs=True, record_size_limit=RECORD_BYTES_MAX).records
    except _DAMAGE as error:
        if file.tell() < 8 or (file.tell() == 8 and isinstance(error, InvalidMagic)):
            raise ConfigError(f"{path}: recording must be an MCAP file: {error}") from error
