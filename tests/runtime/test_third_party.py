"""Somebody else's program, written from the printed document alone, is a node of a live office with keys."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import trio
import zmq

from actors.control.messages import PricesSet, SetPrices
from actors.ledger import queries
from console.cli import run_command
from hardware.contract.cooling import CabinetTemperature
from runtime import wire
from runtime.bus import keys
from runtime.bus.door import open_door
from runtime.bus.office import Guard, OfficeBus, open_office_bus
from runtime.clock import PacedClock
from runtime.command import CommandEnded, Issue
from runtime.pairing import PairingDesk
from runtime.roster import Roster
from runtime.world_members import hearing
from scenarios.assembly import OFFICE, build_node, node_of
from scenarios.data_directory import LEDGER
from scenarios.live.data import open_data
from scenarios.live.office import Office
from tests.runtime import third_party
from tests.runtime.third_party import Described, ThirdParty, examples, join, pack, unpack
from tests.scenarios.small_chain import Ears, prepared

NODE = "gw-1"


class Stand:
    """A live office, and a third party that plays the gateway of its machines."""

    def __init__(self, office: Office, ears: Ears, ledger: Path, described: Described, now_us: int) -> None:
        self.office, self.ears, self.ledger, self.said = office, ears, ledger, described
        self.now_us = now_us
        self.roster = Roster()
        self.keys = keys.make()
        self.bus: OfficeBus

    @contextmanager
    def third_party(self) -> Iterator[ThirdParty]:
        own = zmq.curve_keypair()
        self.roster.admit(NODE, own[0].decode())
        at = self.bus.endpoints
        party = ThirdParty(self.said, NODE, own, self.keys.public, links=at.links, readings=at.readings)
        try:
            yield party
        finally:
            party.close()

    def record_a_coin_that_went_back(self, party: ThirdParty, machine: str = "m-1") -> None:
        taken = self.said.message("payment.cash_taken", sale=1, amount_minor=500, held_in="tube")
        paid = self.said.message("payment.change_paid", sale=1, amount_minor=500)
        party.journal.record(machine, self.now_us, taken)
        party.journal.record(machine, self.now_us + 1, paid)

    def heard(self, kind: str) -> int:
        return sum(type(report.content).__name__ == kind for report in self.ears.heard)

    def stored(self) -> list[tuple[str, int, bytes]]:
        records = queries.facts_after(self.ledger, NODE, epoch=0)
        return [(record.source, record.at_us, record.body) for record in records]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Described:
    path = tmp_path_factory.mktemp("schema") / "bus.json"
    assert run_command(["schema", "--out", str(path)]) == 0
    return Described(path)


@asynccontextmanager
async def standing(root: Path, described: Described) -> AsyncIterator[Stand]:
    scenario = prepared()
    chain = scenario.chain
    with open_data(root, scenario) as folder, trio.fail_after(30):
        clock = PacedClock(folder.time_us(), 1.0)
        node = build_node(chain, OFFICE, seed=1, now_us=clock.now_us())
        ears = Ears(chain)
        office = Office(
            node,
            folder.journals[OFFICE],
            folder.path_of(OFFICE),
            clock,
            ledger=folder.ledger,
            sites=(NODE,),
            heard_by=hearing(node),
            node_of=node_of(chain),
            console=ears,
        )
        stand = Stand(office, ears, root / LEDGER, described, clock.now_us())
        try:
            async with (
                open_office_bus(guard=Guard(stand.keys, stand.roster)) as stand.bus,
                trio.open_nursery() as nursery,
            ):
                nursery.start_soon(office.run, stand.bus)
                await office.ready.wait()
                yield stand
                await office.settle()
                nursery.cancel_scope.cancel()
        finally:
            office.close()


def test_the_third_party_imports_nothing_of_ours() -> None:
    tree = ast.parse(Path(third_party.__file__).read_text(encoding="utf-8"))
    imported = {alias.name for one in ast.walk(tree) if isinstance(one, ast.Import) for alias in one.names}
    imported |= {one.module or "" for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)}
    rooms = {"runtime", "hardware", "actors", "simulator", "scenarios", "console", "tests"}
    assert {name.partition(".")[0] for name in imported} & rooms == set()


def test_its_arithmetic_gives_the_examples_of_the_document(described: Described) -> None:
    for given, made in examples(described):
        assert given == made


async def test_its_facts_are_stored_acknowledged_and_heard(tmp_path: Path, described: Described) -> None:
    async with standing(tmp_path, described) as stand:
        with stand.third_party() as party:
            stand.record_a_coin_that_went_back(party)
            party.hello()
            await party.until("Ack")
            assert party.acknowledged == 2
            await stand.ears.until(lambda: stand.heard("CashTaken") == 1)
            assert stand.stored() == party.journal.facts
            party.push(1)
            await party.until("Ack")
            stand.record_a_coin_that_went_back(party, "m-2")
            party.push(3)
            await party.until("Ack")
            assert party.acknowledged == 4
            assert stand.stored() == party.journal.facts
    check = queries.check(tmp_path / LEDGER)
    assert (check.balanced, check.chain_ok, check.violations) == (True, True, [])


async def test_after_a_restart_it_goes_on_where_the_office_is(tmp_path: Path, described: Described) -> None:
    async with standing(tmp_path, described) as stand:
        with stand.third_party() as party:
            stand.record_a_coin_that_went_back(party)
            party.hello()
            await party.until("Ack")
            journal = party.journal
        with stand.third_party() as again:
            again.journal = journal
            stand.record_a_coin_that_went_back(again)
            again.hello()
            await again.until("Welcome")
            assert again.acknowledged == 2
            await again.until("Ack")
            assert stand.stored() == journal.facts


async def test_it_takes_a_command_and_answers_its_outcome(tmp_path: Path, described: Described) -> None:
    async with standing(tmp_path, described) as stand:
        with stand.third_party() as party:
            party.hello()
            await party.until("Welcome")
            order = wire.encode(SetPrices(prices=(("A1", 900),)))
            expires = stand.now_us + 600_000_000
            issue = Issue(to="m-1", body=order, expires_at_us=expires, asked_by="office/console")
            stand.office.take_in("commands", issue)
            await party.until("Post")
            (mail,) = party.mails
            assert (mail["kind"], mail["to"], mail["sender"]) == ("command", "m-1", OFFICE)
            assert mail["expires_at_us"] == expires
            tag, body = unpack(mail["body"])
            assert described.messages["control.set_prices.v1"]["x-tag"] == tag
            answer = described.message("control.prices_set", prices=body["prices"], read_back=True)
            party.post(
                kind="outcome",
                id=mail["id"],
                to=mail["sender"],
                sender=NODE,
                body=answer,
                outcome="done",
                expires_at_us=0,
            )
            await stand.ears.until(lambda: stand.heard("CommandEnded") == 1)
    ended = next(r.content for r in stand.ears.heard if isinstance(r.content, CommandEnded))
    assert (ended.id, ended.outcome) == (mail["id"], "done")
    assert wire.decode(ended.body) == PricesSet(prices=(("A1", 900),), read_back=True)


async def test_its_readings_are_heard(tmp_path: Path, described: Described) -> None:
    async with standing(tmp_path, described) as stand:
        with stand.third_party() as party:
            stand.record_a_coin_that_went_back(party)
            party.hello()
            await party.until("Ack")
            reading = described.message("cooling.cabinet_temperature", temp_decicelsius=41)
            while not stand.heard("CabinetTemperature"):  # the wire of readings may connect a moment later
                party.publish(stand.now_us, "m-1/cooling", reading)
                with trio.move_on_after(0.1):
                    await stand.ears.hears_more()
    heard = next(r for r in stand.ears.heard if isinstance(r.content, CabinetTemperature))
    assert (heard.node, heard.source, heard.at_us) == (NODE, "m-1/cooling", stand.now_us)
    assert heard.content.temp_decicelsius == 41


async def test_what_it_gets_wrong_is_dropped_and_what_it_gets_right_goes_on(
    tmp_path: Path, described: Described
) -> None:
    async with standing(tmp_path, described) as stand:
        with stand.third_party() as party:
            good = described.frame("Post", mail=b"no message")
            for wrong in (
                good,
                b"",
                b"1234",
                good[:4] + b"\x93" + good[5:],
                good[:-1],
                b"\0\0\0\0" + pack([99]),
            ):
                party.send_raw(wrong)
            party.hello()
            await party.until("Welcome")
            stand.record_a_coin_that_went_back(party)
            party.push(1)
            await party.until("Ack")
            assert stand.stored() == party.journal.facts


async def test_it_gets_a_key_on_the_roster_with_a_code_and_an_operators_yes(
    tmp_path: Path, described: Described
) -> None:
    said: list[str] = []
    office, own, roster = keys.make(), zmq.curve_keypair(), Roster(tmp_path / "roster.json")
    desk = PairingDesk(tmp_path / "pairing.json", roster, lambda: 1_800_000_000)
    code = desk.issue(NODE)
    with trio.fail_after(20):
        async with open_door(Guard(office, roster), desk) as door:
            at, seen = (door.endpoints.greeting, door.endpoints.door), keys.fingerprint(office.public)
            for _ in range(2):
                told = await join(described, own, seen, at, node=NODE, serial="7", code=code)
                said.append(told)
                if told == "waiting":
                    desk.confirm(NODE, "7")
    assert said == ["waiting", "admitted"]
    assert roster.node_of(own[0].decode()) == NODE
