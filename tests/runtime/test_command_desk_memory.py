"""What a command desk remembers, for how long, and how its ids stay its own."""

from __future__ import annotations

import msgspec

from runtime import wire
from runtime.command import CommandAccepted, Mail
from runtime.command_desk import (
    ADDRESS,
    EXPIRY_US_MAX,
    FORGET_AFTER_US,
    FORGET_AT,
    REMEMBERED_MAX,
    CommandDesk,
    OpenDesk,
)
from runtime.journal import MemoryJournal
from tests.runtime.test_command_desk import MINUTE_US, Chain, SetPrice


def test_ids_carry_the_life_of_the_journal_and_never_come_twice() -> None:
    chain = Chain()
    chain.give("office", ADDRESS, OpenDesk(life="0a1b"))
    chain.issue(1)
    chain.restart("office")
    chain.give("office", ADDRESS, OpenDesk(life="0a1b"))
    chain.issue(2)
    chain.journals["office"] = MemoryJournal()
    chain.restart("office")
    chain.give("office", ADDRESS, OpenDesk(life="77ff"))
    chain.issue(3)
    ids = dict.fromkeys(mail.id for mail in chain.mail)
    assert list(ids) == ["office:0a1b:1", "office:0a1b:2", "office:77ff:1"]


def test_an_office_whose_disk_is_an_older_copy_uses_no_id_again() -> None:
    chain = Chain()
    chain.give("office", ADDRESS, OpenDesk(life="0a1b"))
    chain.issue(1)
    chain.issue(2)
    older = MemoryJournal()
    older.commit(chain.journals["office"].read(0, 2))  # the desk opened, and the first command
    chain.journals["office"] = older
    chain.restart("office")
    chain.give("office", ADDRESS, OpenDesk(life="77ff"))
    chain.issue(3)
    ids = dict.fromkeys(mail.id for mail in chain.mail)
    assert list(ids) == ["office:0a1b:1", "office:0a1b:2", "office:77ff:2"]


def command_mail(number: int, expires_at_us: int) -> Mail:
    body = wire.encode(SetPrice(price_minor=number))
    return Mail(
        kind="command",
        id=f"office:{number}",
        to="m",
        sender="office",
        body=body,
        outcome="",
        expires_at_us=expires_at_us,
    )


def remembered(chain: Chain) -> int:
    desk = chain.nodes["site"].actors[chain.nodes["site"].refs[ADDRESS]]
    assert isinstance(desk, CommandDesk)
    return len(desk.ended) + len(desk.accepted)


def test_answers_are_forgotten_long_after_their_commands_expired_and_none_runs_again() -> None:
    chain = Chain()
    first = [command_mail(number, MINUTE_US) for number in range(1, FORGET_AT + 1)]
    for mail in first:
        chain.give("site", ADDRESS, mail)
    assert remembered(chain) == FORGET_AT
    chain.now_us = MINUTE_US + FORGET_AFTER_US + 1
    chain.give("site", ADDRESS, command_mail(5000, chain.now_us + MINUTE_US))
    assert remembered(chain) == 1
    ran = list(chain.prices)
    chain.mail.clear()
    for mail in first:
        chain.give("site", ADDRESS, mail)
    assert chain.prices == ran
    assert (chain.mail, remembered(chain)) == ([], 1)
    chain.restart("site")
    assert remembered(chain) == 1


def test_a_desk_at_its_ceiling_takes_no_more_until_answers_are_forgotten() -> None:
    chain = Chain()
    for number in range(1, REMEMBERED_MAX + 3):
        chain.give("site", ADDRESS, command_mail(number, MINUTE_US))
    assert (remembered(chain), len(chain.prices)) == (REMEMBERED_MAX, REMEMBERED_MAX)
    chain.now_us = MINUTE_US + FORGET_AFTER_US + 1
    chain.give("site", ADDRESS, command_mail(REMEMBERED_MAX + 1, chain.now_us + MINUTE_US))
    assert chain.prices[-1] == REMEMBERED_MAX + 1


def test_a_command_that_would_wait_for_weeks_fails_at_once() -> None:
    chain = Chain()
    chain.give("site", ADDRESS, command_mail(1, EXPIRY_US_MAX + 1))
    assert chain.prices == []
    assert [mail.outcome for mail in chain.mail] == ["failed"]


def test_an_accepted_command_of_an_older_version_has_no_expiry() -> None:
    old = msgspec.msgpack.encode(("command.accepted/1", {"id": "a:1", "to": "m", "sender": "a"}))
    assert wire.decode(old) == CommandAccepted(id="a:1", to="m", sender="a", expires_at_us=0)
