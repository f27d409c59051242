"""The link over a network that loses, doubles, reorders, delays and damages, both ends killed at will."""

from __future__ import annotations

import contextlib
import heapq
import random
from collections.abc import Callable
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import ProtocolError
from runtime.journal import MemoryJournal, check_chain
from runtime.kernel import FAR_FUTURE_US
from runtime.link_frames import (
    FRAME_BYTES_MAX,
    Ack,
    Again,
    Branch,
    Covered,
    Facts,
    Greet,
    Hello,
    Post,
    Trace,
    Traced,
    Welcome,
    decode_frame,
    encode_frame,
)
from runtime.wire import CHAIN_START, FactRecord
from tests.runtime.link_line import MAIL, NODE, Line, record


class Storm:
    """A network with every fault between two ends that are killed, restarted and (the office) restored."""

    def __init__(self, seed: int, *, restores: bool = False) -> None:
        self.random = random.Random(seed)
        self.line = Line()
        self.queue: list[tuple[int, int, bool, bytes]] = []
        self.number = 0
        self.unstored: list[FactRecord] = []
        self.damaged = 0
        self.lives = 1
        self.calm = False
        self.restores = restores
        self.branches = 0

    def send(self, upward: bool, frames: list[bytes]) -> None:
        for frame in frames:
            copies = 1 if self.calm else self.random.choices((0, 1, 2), (15, 75, 10))[0]
            for _ in range(copies):
                if not self.calm and self.random.random() < 0.05:
                    at = self.random.randrange(len(frame))
                    frame = (
                        frame[:at] + bytes([frame[at] ^ (1 << self.random.randrange(8))]) + frame[at + 1 :]
                    )
                delay = self.random.choice((1_000, 50_000, 300_000, 3_000_000)) if not self.calm else 1_000
                self.number += 1
                heapq.heappush(self.queue, (self.line.now + delay, self.number, upward, frame))

    def deliver(self, upward: bool, frame: bytes) -> None:
        line = self.line
        try:
            if not upward:
                arrived = line.site.received(frame, line.now)
            else:
                arrived = line.office.received(frame, line.now)
                self.unstored += arrived.facts
        except ProtocolError:
            self.damaged += 1
            return
        self.send(not upward, arrived.frames)

    def commit(self) -> None:
        self.line.store.store(NODE, self.line.office.epoch, self.unstored)
        self.unstored = []
        self.send(False, self.line.office.stored())

    def restore_site(self) -> None:
        """The node's disk as it was before; what the node records from now on is something else."""
        line = self.line
        self.branches += 1
        older = MemoryJournal(NODE)
        older.commit(line.journal.read(0, self.random.randrange(line.journal.head()[0] + 1)))
        older.epoch = self.random.randint(1, line.journal.epoch)
        line.journal = older
        self.boot_site()

    def boot_site(self) -> None:
        self.line.boot_site()
        self.send(True, self.line.site.open(self.line.now))

    def branch_off(self) -> None:
        """A node that was told it forked stops; started again, it begins a new epoch."""
        if self.line.site.forked:
            self.line.journal.begin_epoch(self.line.site.forked_epoch + 1)
            self.boot_site()

    def chance(self) -> None:
        line, dice = self.line, self.random.random()
        if self.restores and self.random.random() < 0.03:
            self.restore_site()
        self.branch_off()
        if dice < 0.5:
            text = f"vend {self.branches}" if self.branches else "vend"
            fresh = record(line.journal, self.random.randrange(1, 40), text)
            self.send(True, line.site.committed(line.now, fresh))
        elif dice < 0.90:
            self.commit()
        elif dice < 0.94:
            self.boot_site()
        else:
            self.lives += 1
            length = len(line.store.facts)
            kept = length if dice < 0.98 else self.random.randrange(length + 1)
            line.store = line.store.restored(kept, b"life%04d" % self.lives)
            line.boot_office()
            self.unstored = []

    def step(self) -> None:
        line = self.line
        arrival = self.queue[0][0] if self.queue else FAR_FUTURE_US
        line.now = max(line.now, min(arrival, line.site.next_due_us(), line.now + 200_000))
        self.send(True, line.site.due(line.now))
        while self.queue and self.queue[0][0] <= line.now:
            _, _, upward, frame = heapq.heappop(self.queue)
            self.deliver(upward, frame)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_network_does_every_fact_arrives_once_and_in_order(seed: int) -> None:
    storm = Storm(seed)
    line = storm.line
    storm.send(True, line.site.open(0))
    for _ in range(300):
        storm.chance()
        storm.step()
        held = line.store.facts
        assert held == line.journal.read(0, len(held)), f"seed {seed}: the store is not a prefix"
    storm.calm = True
    until = line.now + 60_000_000
    while line.now < until:
        storm.step()
        storm.commit()
    assert (line.site.forked, line.office.forked) == ("", ""), f"seed {seed}"
    assert line.agrees(), f"seed {seed}: {len(line.store.facts)} of {line.journal.head()[0]} facts"
    assert line.site.acknowledged == line.journal.head()[0], f"seed {seed}"
    assert storm.damaged > 0


@pytest.mark.parametrize("seed", range(40))
def test_whichever_disk_comes_back_older_nothing_is_merged_and_nothing_doubled(seed: int) -> None:
    storm = Storm(seed, restores=True)
    line = storm.line
    storm.send(True, line.site.open(0))
    for _ in range(300):
        storm.chance()
        storm.step()
        stored = [(fact.seq, fact.chain) for fact in (*line.store.facts, *line.store.left)]
        assert len(stored) == len(set(stored)), f"seed {seed}: a fact is stored twice"
        assert chain_holds(line.store.facts), f"seed {seed}: the store's facts are no chain"
    storm.calm = True
    until = line.now + 120_000_000
    while line.now < until:
        storm.branch_off()
        storm.step()
        storm.commit()
    assert storm.branches > 0
    assert (line.site.forked, line.office.forked) == ("", ""), f"seed {seed}"
    assert line.agrees(), f"seed {seed}: {len(line.store.facts)} of {line.journal.head()[0]} facts"
    assert line.site.acknowledged == line.journal.head()[0], f"seed {seed}"


def chain_holds(facts: list[FactRecord]) -> bool:
    return check_chain("store", (0, CHAIN_START), facts)[0] == len(facts)


GOOD_FRAMES = [
    *Line().site.open(0),
    *Line().site.post(MAIL),
    encode_frame(Welcome(b"n" * 8, b"i" * 8, 1, 0, CHAIN_START)),
    encode_frame(Facts(b"i" * 8, 1, 1, CHAIN_START, [("hk-1", 1, b"body")])),
    encode_frame(Ack(b"i" * 8, 1, 1, CHAIN_START)),
    encode_frame(Again(b"i" * 8, 1, 0)),
    encode_frame(Greet(b"i" * 8)),
    encode_frame(Trace(b"n" * 8, [(1, CHAIN_START)])),
    encode_frame(Traced(b"n" * 8, b"i" * 8, 1)),
    encode_frame(Branch(b"n" * 8, b"i" * 8, 2, 1, CHAIN_START)),
    encode_frame(Covered(1, CHAIN_START)),
]


def refused_or_taken(receive: Callable[[bytes, int], object], frame: bytes) -> None:
    """Hostile bytes may be refused or, if they happen to be a frame, taken; nothing else."""
    with contextlib.suppress(ProtocolError):
        receive(frame, 0)


@given(st.binary(max_size=200))
def test_hostile_bytes_raise_a_protocol_error_and_nothing_else(data: bytes) -> None:
    line = Line()
    line.site.open(0)
    checked = crc32(data).to_bytes(4, "big") + data
    for receive in (line.site.received, line.office.received):
        with pytest.raises(ProtocolError, match="link frame"):
            receive(data, 0)
        refused_or_taken(receive, checked)


@given(st.sampled_from(GOOD_FRAMES), st.data())
def test_a_frame_changed_by_one_bit_is_refused(frame: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(frame) * 8 - 1))
    changed = bytearray(frame)
    changed[at // 8] ^= 1 << at % 8
    with pytest.raises(ProtocolError, match="checksum must match"):
        decode_frame(bytes(changed))


@given(st.sampled_from(GOOD_FRAMES), st.binary(min_size=1, max_size=3), st.data())
def test_a_well_summed_frame_of_wrong_shape_is_refused_or_harmless(
    frame: bytes, patch: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(4, len(frame)))
    body = frame[4:at] + patch + frame[at + len(patch) :]
    line = Line()
    line.site.open(0)
    hostile = crc32(body).to_bytes(4, "big") + body
    refused_or_taken(line.site.received, hostile)
    refused_or_taken(line.office.received, hostile)
    assert line.store.facts == []


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (bytes(FRAME_BYTES_MAX + 1), f"5 to {FRAME_BYTES_MAX} bytes"),
        (encode_frame(Hello(2, "gw-2", b"n" * 8, 1, 0, CHAIN_START)), "hello must be of 'gw-1' version 2"),
        (encode_frame(Hello(1, NODE, b"n" * 8, 1, 0, CHAIN_START)), "hello must be of 'gw-1' version 2"),
        (encode_frame(Ack(b"i" * 8, 1, 1, CHAIN_START)), "a site must not send Ack"),
        (encode_frame(Ack(b"i" * 8, 1, 1, b"short")), "length >= 32"),
        (encode_frame(Hello(2, NODE, b"n", 1, 0, CHAIN_START)), "length >= 8"),
        (encode_frame(Hello(2, NODE, b"n" * 8, -1, 0, CHAIN_START)), "Expected `int` >= 0"),
        (encode_frame(Facts(b"i" * 8, 1, 1, CHAIN_START, [])), "length >= 1"),
        (encode_frame(Facts(b"i" * 8, 1, 1, CHAIN_START, [("hk-1", 1, b"")] * 501)), "length <= 500"),
        (encode_frame(Post(b"\x92\xa4none\x80")), "message tag must be one of"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_the_office_refuses(frame: bytes, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        Line().office.received(frame, 0)
