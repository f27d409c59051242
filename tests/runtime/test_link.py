"""The link on a perfect wire: what each end says, and what it makes of a fork."""

from __future__ import annotations

import pytest

from runtime.errors import LedgerError
from runtime.journal import MemoryJournal
from runtime.kernel import FAR_FUTURE_US
from runtime.link_frames import (
    FRAME_BYTES_GOAL,
    FRAME_BYTES_MAX,
    LINK_VERSION,
    Ack,
    Facts,
    Fork,
    Hello,
    Welcome,
    decode_frame,
    encode_frame,
)
from runtime.link_ports import Position
from runtime.uplink import IDLE_US, PATIENCE_US, PATIENCE_US_MAX, WINDOW_FACTS
from runtime.wire import CHAIN_START, MESSAGE_BYTES_MAX, FactRecord
from tests.runtime.link_line import MAIL, NODE, Line, record


def test_a_journal_recorded_before_and_after_the_first_hello_arrives_whole() -> None:
    line = Line()
    record(line.journal, 1234)
    line.open()
    assert line.agrees()
    line.talk(line.site.committed(0, record(line.journal, 3)))
    record(line.journal, 700)
    line.talk(line.site.committed(0))
    assert line.agrees()
    assert line.site.acknowledged == 1937
    assert line.site.next_due_us() == IDLE_US


def test_nothing_is_sent_before_the_office_has_answered() -> None:
    line = Line()
    hello = line.site.open(0)
    assert [type(decode_frame(frame)) for frame in hello] == [Hello]
    assert line.site.committed(0, record(line.journal, 3)) == []
    line.talk(hello)
    assert line.agrees()


def test_hello_is_said_again_with_growing_patience_and_the_same_nonce() -> None:
    line = Line()
    hello = line.site.open(0)
    waits = []
    now = 0
    for _ in range(6):
        waits.append(line.site.next_due_us() - now)
        assert line.site.due(line.site.next_due_us() - 1) == []
        now = line.site.next_due_us()
        assert line.site.due(now) == hello
    assert waits == [1_000_000, 2_000_000, 4_000_000, 8_000_000, PATIENCE_US_MAX, PATIENCE_US_MAX]


def test_a_second_without_progress_says_hello_with_a_new_nonce() -> None:
    line = Line()
    line.open()
    record(line.journal, 3)
    lost = line.site.committed(5)
    assert len(lost) == 1
    assert line.site.next_due_us() == 5 + PATIENCE_US
    line.talk(line.site.due(5 + PATIENCE_US))
    assert line.nonces == 2
    assert line.agrees()


def test_an_idle_link_says_hello_and_so_finds_that_the_office_was_restored() -> None:
    line = Line()
    record(line.journal, 10)
    line.open()
    line.store = line.store.restored(4, b"second..")
    line.boot_office()
    assert line.site.acknowledged == 10
    line.talk(line.site.due(IDLE_US))
    assert line.agrees()


def test_at_most_a_window_is_on_the_way_and_acknowledgements_move_it() -> None:
    line = Line()
    record(line.journal, WINDOW_FACTS + 1000)
    frames = line.down(line.up(line.site.open(0)))
    sent = [decode_frame(frame) for frame in frames]
    assert sum(len(frame.facts) for frame in sent if isinstance(frame, Facts)) == WINDOW_FACTS
    record(line.journal, 1)
    assert line.site.committed(0) == []
    line.talk(frames)
    assert line.agrees()


def test_a_batch_is_closed_before_it_is_too_large_and_one_large_fact_goes_alone() -> None:
    line = Line()
    record(line.journal, 10, size=FRAME_BYTES_GOAL // 4)
    record(line.journal, 1, size=MESSAGE_BYTES_MAX)
    frames = line.down(line.up(line.site.open(0)))
    counts = [len(frame.facts) for frame in map(decode_frame, frames) if isinstance(frame, Facts)]
    assert counts == [3, 3, 3, 1, 1]
    assert max(map(len, frames)) <= FRAME_BYTES_MAX
    line.talk(frames)
    assert line.agrees()


def test_only_what_is_committed_is_acknowledged() -> None:
    line = Line()
    line.open()
    frames = [line.site.committed(0, record(line.journal, 3))[0] for _ in range(3)]
    facts = [fact for frame in frames for fact in line.office.received(frame, 0).facts]
    assert [fact.seq for fact in facts] == list(range(1, 10))
    assert line.office.position.seq == 0
    line.down(line.office.stored(6))
    assert line.site.acknowledged == 6
    line.down(line.office.stored())
    assert line.site.acknowledged == 9
    assert line.office.stored() == []


def test_a_lost_batch_is_asked_for_once_and_sent_again_at_once() -> None:
    line = Line()
    line.open()
    line.site.committed(0, record(line.journal, 3))
    later = [line.site.committed(0, record(line.journal, 3))[0] for _ in range(4)]
    asked = line.up(later)
    assert len(asked) == 1
    line.talk(line.down(asked))
    assert line.agrees()


def test_an_office_restored_from_an_older_back_up_gets_the_rest_again() -> None:
    line = Line()
    record(line.journal, 900)
    line.open()
    line.store = line.store.restored(250, b"second..")
    line.boot_office()
    line.talk(line.site.committed(0, record(line.journal, 3)))
    assert line.agrees()
    assert line.site.acknowledged == 903


def test_a_delayed_acknowledgement_of_an_earlier_incarnation_is_ignored() -> None:
    line = Line()
    line.open()
    delayed = line.up(line.site.committed(0, record(line.journal, 10)))
    line.store = line.store.restored(0, b"second..")
    line.boot_office()
    frames = line.down(line.up(line.site.open(1)))
    assert line.down(delayed) == []
    assert line.site.acknowledged == 0
    line.talk(frames)
    assert line.agrees()


def test_a_welcome_to_an_earlier_hello_is_ignored() -> None:
    line = Line()
    record(line.journal, 10)
    line.open()
    old = line.up(line.site.open(1))
    line.store = line.store.restored(4, b"second..")
    line.boot_office()
    hello = line.site.open(2)
    assert line.down(old) == []
    line.talk(hello)
    assert line.agrees()


def test_a_delayed_hello_with_an_old_head_is_no_fork() -> None:
    line = Line()
    hello = line.site.open(0)
    line.talk(hello)
    line.talk(line.site.committed(0, record(line.journal, 10)))
    line.talk(hello)
    assert (line.site.forked, line.office.forked) == ("", "")
    line.talk(line.site.committed(0, record(line.journal, 1)))
    assert line.agrees()


def test_a_store_that_failed_is_asked_for_its_position_and_gets_the_facts_again() -> None:
    line = Line()
    line.open()
    line.office.received(line.site.committed(0, record(line.journal, 5))[0], 0)
    line.boot_office()
    line.talk(line.site.committed(0, record(line.journal, 5)))
    assert line.agrees()


def forked_line(ahead: int) -> Line:
    """A site restored from fact 5 of 10 that has recorded ``ahead`` other facts since."""
    line = Line()
    record(line.journal, 10)
    line.open()
    restored = MemoryJournal(NODE)
    restored.commit(line.journal.read(0, 5))
    if ahead:
        record(restored, ahead, text="other")
    line.journal = restored
    line.boot_site()
    return line


@pytest.mark.parametrize("ahead", [0, 4, 5, 6, 50])
def test_a_site_whose_disk_was_restored_is_told_it_forked_and_nothing_is_merged(ahead: int) -> None:
    line = forked_line(ahead)
    before = list(line.store.facts)
    line.open()
    assert "gw-1 epoch 1: " in line.site.forked
    assert "gw-1 epoch 1: " in line.office.forked
    assert line.site.next_due_us() == FAR_FUTURE_US
    assert line.site.committed(0, record(line.journal, 1)) + line.site.open(1) + line.site.post(MAIL) == []
    assert line.store.facts == before


def test_two_sites_with_one_name_are_found_out_at_their_first_different_fact() -> None:
    line = Line()
    record(line.journal, 5)
    line.open()
    twin_journal = MemoryJournal(NODE)
    twin_journal.commit(line.journal.read(0, 5))
    twin = Line(twin_journal, line.store)
    twin.office = line.office
    twin.open()
    line.talk(line.site.committed(0, record(line.journal, 2)))
    twin.talk(twin.site.committed(0, record(twin.journal, 2, text="other")))
    assert twin.site.forked
    assert line.agrees()


def test_a_new_epoch_begins_at_number_one_after_a_fork() -> None:
    line = forked_line(6)
    line.open()
    line.journal = MemoryJournal(NODE)
    line.journal.epoch = 2
    record(line.journal, 7, text="new life")
    line.boot_site()
    line.open()
    assert (line.site.forked, line.office.forked) == ("", "")
    assert line.store.position(NODE) == Position(2, *line.journal.head())
    assert line.agrees()


def test_a_new_epoch_waits_until_what_came_before_is_stored() -> None:
    line = Line()
    line.open()
    facts = line.office.received(line.site.committed(0, record(line.journal, 3))[0], 0).facts
    line.journal = MemoryJournal(NODE)
    line.journal.epoch = 2
    line.boot_site()
    hello = line.site.open(0)
    assert line.office.received(hello[0], 0).frames == []
    assert line.office.epoch == 1
    line.store.store(NODE, line.office.epoch, facts)
    line.office.stored()
    line.talk(line.site.due(PATIENCE_US))
    assert line.office.epoch == 2


def test_a_site_of_an_earlier_epoch_forked() -> None:
    line = Line()
    line.store.epoch = 2
    line.boot_office()
    line.open()
    assert line.site.forked
    assert not line.office.forked


def test_mail_goes_both_ways() -> None:
    line = Line()
    line.open()
    line.down(line.office.post(MAIL))
    line.up(line.site.post(MAIL))
    assert line.mail == [MAIL, MAIL]


def test_a_journal_that_lost_a_fact_in_the_middle_stops_the_link() -> None:
    class Holed(MemoryJournal):
        def read(self, after_seq: int, limit: int) -> list[FactRecord]:
            return [fact for fact in super().read(after_seq, limit) if fact.seq != 3]

    line = Line(Holed(NODE))
    record(line.journal, 5)
    line.store.store(NODE, 1, line.journal.read(0, 2))
    line.boot_office()
    with pytest.raises(LedgerError, match="gw-1: journal must hold fact 3, it is missing"):
        line.open()


def test_an_acknowledgement_with_another_hash_is_a_fork() -> None:
    line = Line()
    line.open()
    line.site.committed(0, record(line.journal, 3))
    answers = line.site.received(encode_frame(Ack(line.store.incarnation, 1, 3, bytes(32))), 0).frames
    assert [decode_frame(answer) for answer in answers] == [Fork(1, 3)]
    assert line.site.forked == "gw-1 epoch 1: this journal differs from what the office holds up to number 3"
    assert line.site.acknowledged == 0


@pytest.mark.parametrize(
    ("first", "count"), [(4, 2), (3, 2), (3, 1)], ids=["joined on", "overlapping", "known already"]
)
def test_facts_whose_chain_does_not_come_out_are_a_fork_and_are_not_handed_over(
    first: int, count: int
) -> None:
    line = Line()
    record(line.journal, 3)
    line.open()
    facts = Facts(line.store.incarnation, 1, first, bytes(32), [("hk-1", 1, b"other")] * count)
    arrived = line.office.received(encode_frame(facts), 0)
    assert arrived.facts == []
    assert [decode_frame(answer) for answer in arrived.frames] == [Fork(1, 3)]
    assert line.office.forked.startswith("gw-1 epoch 1: facts up to number")
    again = line.office.received(line.site.committed(0, record(line.journal, 1))[0], 0)
    assert again.facts == []
    assert [decode_frame(answer) for answer in again.frames] == [Fork(1, 3)]


def test_a_hello_at_the_same_number_with_another_hash_is_a_fork() -> None:
    line = Line()
    record(line.journal, 3)
    line.open()
    hello = Hello(LINK_VERSION, NODE, b"n" * 8, 1, 3, bytes(32))
    assert [decode_frame(answer) for answer in line.up([encode_frame(hello)])] == [Fork(1, 3)]
    assert line.office.forked


def test_facts_doubled_are_acknowledged_again_once_they_are_stored() -> None:
    line = Line()
    line.open()
    frame = line.site.committed(0, record(line.journal, 3))[0]
    assert len(line.office.received(frame, 0).facts) == 3
    assert line.office.received(frame, 0).frames == []
    ack = line.office.stored()
    doubled = line.office.received(frame, 0)
    assert (doubled.facts, doubled.frames) == ([], ack)


def test_a_welcome_tells_only_what_is_stored() -> None:
    line = Line()
    line.open()
    line.office.received(line.site.committed(0, record(line.journal, 3))[0], 0)
    welcome = decode_frame(line.office.received(line.site.open(0)[0], 0).frames[0])
    assert isinstance(welcome, Welcome)
    assert (welcome.epoch, welcome.seq, welcome.chain) == (1, 0, CHAIN_START)
