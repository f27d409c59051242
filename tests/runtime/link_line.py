"""Both ends of a link, a store in a list, and a perfect wire between them."""

from __future__ import annotations

from collections.abc import Sequence

from runtime.command import Mail
from runtime.downlink import Downlink
from runtime.journal import MemoryJournal
from runtime.link_ports import Position
from runtime.uplink import Uplink
from runtime.wire import FactRecord, chained, fact_bytes

NODE = "gw-1"
MAIL = Mail(kind="command", id="office:1", to="hk-1", sender="office", body=b"b", outcome="", expires_at_us=9)


def record(journal: MemoryJournal, count: int, text: str = "vend", size: int = 0) -> list[FactRecord]:
    """Commit facts to a journal."""
    seq, chain = journal.head()
    records = []
    for number in range(seq + 1, seq + count + 1):
        body = f"{text} {number}".encode().ljust(size, b".")
        chain = chained(chain, fact_bytes(number, "hk-1", number, body))
        records.append(FactRecord(number, "hk-1", number, body, chain))
    journal.commit(records)
    return records


class Store:
    """The office's store in a list: one transaction for facts and position, dedupe by number.

    Attributes:
        facts: of the epoch that goes on.
        left: what older epochs have beyond the fact where a newer one began.
    """

    def __init__(self, incarnation: bytes = b"first...") -> None:
        self.incarnation = incarnation
        self.facts: list[FactRecord] = []
        self.epoch = 0
        self.left: list[FactRecord] = []

    def position(self, node: str) -> Position:
        return (
            Position(self.epoch, len(self.facts), self.facts[-1].chain)
            if self.facts
            else Position(self.epoch)
        )

    def holds(self, seq: int, chain: bytes) -> bool:
        return any((fact.seq, fact.chain) == (seq, chain) for fact in (*self.facts, *self.left))

    def store(self, node: str, epoch: int, records: Sequence[FactRecord]) -> None:
        if not records:
            return
        assert epoch >= self.epoch
        if epoch > self.epoch:
            first = records[0].seq
            assert (
                first == 1
                or chained(self.facts[first - 2].chain, records[0].wire_bytes()) == records[0].chain
            )
            self.left += self.facts[first - 1 :]
            self.epoch, self.facts = epoch, self.facts[: first - 1]
        self.facts += [record for record in records if record.seq > len(self.facts)]

    def restored(self, length: int, incarnation: bytes) -> Store:
        """This store as an older back-up of it, opened anew."""
        older = Store(incarnation)
        older.epoch, older.facts, older.left = self.epoch, self.facts[:length], list(self.left)
        return older


class Line:
    """Both ends and a perfect wire between them."""

    def __init__(self, journal: MemoryJournal | None = None, store: Store | None = None) -> None:
        self.journal = journal or MemoryJournal(NODE)
        self.store = store or Store()
        self.now = 0
        self.nonces = 0
        self.mail: list[Mail] = []
        self.site = self.boot_site()
        self.office = self.boot_office()

    def boot_site(self) -> Uplink:
        self.site = Uplink(NODE, self.journal, self.nonce)
        return self.site

    def boot_office(self) -> Downlink:
        self.office = Downlink(NODE, self.store.position(NODE), self.store.incarnation, self.store.holds)
        return self.office

    def nonce(self) -> bytes:
        self.nonces += 1
        return b"nonce%011d" % self.nonces

    def up(self, frames: list[bytes]) -> list[bytes]:
        """Carry frames to the office, store what they bring, return what it answers."""
        answers: list[bytes] = []
        for frame in frames:
            arrived = self.office.received(frame, self.now)
            self.mail += arrived.mail
            if arrived.facts:
                self.store.store(NODE, self.office.epoch, arrived.facts)
            answers += arrived.frames + self.office.stored()
        return answers

    def down(self, frames: list[bytes]) -> list[bytes]:
        answers: list[bytes] = []
        for frame in frames:
            arrived = self.site.received(frame, self.now)
            self.mail += arrived.mail
            answers += arrived.frames
        return answers

    def talk(self, frames: list[bytes]) -> None:
        """Carry the site's frames and all they cause to and fro until both are silent."""
        while frames:
            frames = self.down(self.up(frames))

    def open(self) -> None:
        self.talk(self.site.open(self.now))

    def agrees(self) -> bool:
        return self.store.facts == self.journal.read(0, 1_000_000)
