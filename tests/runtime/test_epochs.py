"""A new epoch after a fork: begun once, not in a quarrel, and from the last fact both ends have."""

from __future__ import annotations

import pytest

from runtime import epochs
from runtime.errors import LedgerError
from runtime.journal import MemoryJournal
from tests.runtime.link_line import NODE, record

NOW_US = 1_700_000_000_000_000


def test_a_journal_without_a_fork_keeps_its_epoch() -> None:
    journal = MemoryJournal(NODE)
    assert not epochs.begin_if_forked(NODE, journal, NOW_US)
    assert journal.epoch == 1


def test_a_fork_begins_an_epoch_newer_than_any_heard_of_and_only_once() -> None:
    journal = MemoryJournal(NODE)
    epochs.note_fork(journal, 4)
    assert epochs.begin_if_forked(NODE, journal, NOW_US)
    assert not epochs.begin_if_forked(NODE, journal, NOW_US)
    assert journal.epoch == 5


def test_two_machines_under_one_name_do_not_outbid_each_other() -> None:
    journal = MemoryJournal(NODE)
    epochs.note_fork(journal, 1)
    epochs.begin_if_forked(NODE, journal, NOW_US)
    epochs.note_fork(journal, 3)
    with pytest.raises(LedgerError, match=r"gw-1: a second fork within an hour: .* after 59 min"):
        epochs.begin_if_forked(NODE, journal, NOW_US + 60_000_000)
    assert epochs.begin_if_forked(NODE, journal, NOW_US + epochs.PAUSE_US)
    assert journal.epoch == 4


@pytest.mark.parametrize("known", [0, 1, 7, 99, 100])
def test_the_last_fact_alike_is_found(known: int) -> None:
    journal = MemoryJournal(NODE)
    facts = record(journal, 100)
    held = {(fact.seq, fact.chain) for fact in facts[:known]}
    assert epochs.alike(journal, lambda seq, chain: (seq, chain) in held) == known


def test_an_empty_journal_is_alike_up_to_nothing() -> None:
    assert epochs.alike(MemoryJournal(NODE), lambda _, __: True) == 0
