"""Bugs in committing, starting again, snapshots and commands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from runtime.command import CommandAccepted, CommandEnded, Deliver, Mail
from runtime.command_desk import CommandDesk, Ended
from runtime.node import Node
from runtime.snapshot_parts import Taking
from runtime.wire import FactRecord
from runtime.world_members import NodeKilled, Office, Site
from simulator.faults.disk import FaultyDisk
from tests.mutants.planted import planted


@planted(seed=2, shows="I3")
def orders_leave_before_their_facts_are_committed(patch: pytest.MonkeyPatch) -> None:
    def settle(site: Site) -> bool:
        batch = site.kernel.take()
        if batch is None:
            return False
        for ref, message in batch.outbox:
            if ref == site.link:
                site.post(message)
            else:
                site.deliver([(ref, message)])
        if batch.records:
            site.journal.commit(batch.records)
        site.world.committed(site, batch)
        site.committed(batch)
        return bool(batch.records or batch.outbox or batch.readings)

    patch.setattr(Site, "settle", settle)


@planted(seed=2, shows="stopped")
def a_disk_that_says_no_is_not_believed(patch: pytest.MonkeyPatch) -> None:
    commit = FaultyDisk.commit

    def passed_over(
        disk: FaultyDisk, records: list[FactRecord], notes: Mapping[str, bytes] | None = None
    ) -> None:
        try:
            commit(disk, records, notes)
        except NodeKilled:
            if disk.failed % 2:
                raise

    patch.setattr(FaultyDisk, "commit", passed_over)


@planted(seed=1, shows="I4")
def a_start_does_not_apply_the_last_fact(patch: pytest.MonkeyPatch) -> None:
    recover = Node.recover

    def shortened(node: Node, records: Iterable[FactRecord], later: Mapping[str, int] | None = None) -> int:
        *most, last = tuple(records) or (None,)
        count = recover(node, most, later)
        if last is not None:
            node.advance(last.at_us)
            node.seq, node.chain = last.seq, last.chain
        return count

    patch.setattr(Node, "recover", shortened)


@planted(seed=2, shows="I1")
def a_start_applies_facts_that_the_snapshot_holds(patch: pytest.MonkeyPatch) -> None:
    recover = Node.recover
    patch.setattr(Node, "recover", lambda node, records, later=None: recover(node, records))


@planted(seed=2, shows="I1")
def a_part_of_a_snapshot_is_dated_when_it_was_written_out(patch: pytest.MonkeyPatch) -> None:
    part = Taking.part

    def first_date(taking: Taking, actors_max: int = 1000) -> bytes:
        node = taking._node
        now = node.seq, node.chain
        if taking.parts == 0:
            taking.begun = now  # type: ignore[attr-defined]
        node.seq, node.chain = taking.begun  # type: ignore[attr-defined]
        try:
            return part(taking, actors_max)
        finally:
            node.seq, node.chain = now

    patch.setattr(Taking, "part", first_date)


@planted(seed=1, shows="I5")
def actors_are_not_told_that_they_start_again(patch: pytest.MonkeyPatch) -> None:
    start = Node.start
    patch.setattr(Node, "start", lambda node: None if node.seq else start(node))


@planted(seed=2, shows="stopped")
def the_office_does_not_store_what_a_crash_kept_from_its_ledger(patch: pytest.MonkeyPatch) -> None:
    def take_over(office: Office, node: Node, skew_us: int) -> None:
        Site.take_over(office, node, skew_us)
        office.downlinks.clear()
        office.open()
        for report in office.past():
            for ref in office.heard.get(type(report.content), ()):
                node.receive(ref, report)
            while node.ready:
                node.drain()

    patch.setattr(Office, "take_over", take_over)


@planted(seed=1, shows="I5")
def a_command_that_has_ended_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    def ended(desk: CommandDesk, fact: CommandEnded) -> None:
        if desk.accepted.pop(fact.id, None) is None:
            desk.issued.pop(fact.id, None)

    def end(desk: CommandDesk, command_id: str, outcome: str, body: bytes) -> None:
        ran = desk.accepted[command_id]
        desk.record(CommandEnded(id=command_id, outcome=outcome, body=body))
        desk._answer(ran.sender, command_id, Ended(outcome, body))

    patch.setitem(CommandDesk.appliers, CommandEnded, ended)
    patch.setattr(CommandDesk, "_end", end)


@planted(seed=48, shows="I5")
def a_command_is_run_after_it_has_expired(patch: pytest.MonkeyPatch) -> None:
    def mail(desk: CommandDesk, mail: Mail) -> None:
        if mail.kind == "command" and mail.id not in desk.ended and mail.id not in desk.accepted:
            desk.record(
                CommandAccepted(id=mail.id, to=mail.to, sender=mail.sender, expires_at_us=mail.expires_at_us)
            )
            desk.tell(desk.reach(mail.to), Deliver(id=mail.id, body=mail.body))
        else:
            CommandDesk.mail(desk, mail)

    patch.setitem(CommandDesk.handlers, Mail, mail)


@planted(seed=1, shows="I5")
def a_command_is_only_asked_for_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CommandDesk, "after", lambda desk, seconds, message: None)
