"""Any mixture of lost, spoiled and unheard bytes: the sum of what was told is what really happened."""

from __future__ import annotations

import random

import pytest
import trio

from hardware.contract.cash import AcceptCash, BillHeld, BillReturned, CashInserted, KeepBill, PaidOut, PayOut
from hardware.contract.payment import Authorise, Authorised, Declined, Settle, Settled
from tests.hardware.mdb.bench import Bench, full_bus, running

FAULTS = ("answers_lost", "answers_corrupt", "acks_lost", "naks")
PIECES = ((100, 3), (50, 1))


def spoil(bench: Bench, chance: random.Random, *names: str) -> None:
    """The next few exchanges with these go wrong."""
    for name in names:
        setattr(bench.bus.faults[name], chance.choice(FAULTS), chance.randint(1, 3))


async def coins(bench: Bench, chance: random.Random, sale: int) -> None:
    for _ in range(chance.randint(1, 3)):
        bench.changer.drop_coin(chance.choice((50, 100, 200, 500)))
        await trio.sleep(chance.random() * 0.3)


async def bill(bench: Bench, chance: random.Random, sale: int) -> None:
    held = len(bench.all(BillHeld))
    if bench.validator.feed_bill(2000) != "escrow":
        return
    await bench.until(lambda: len(bench.all(BillHeld)) > held)
    ended = len(bench.all(CashInserted)) + len(bench.all(BillReturned))
    await bench.ask(KeepBill())
    await bench.until(lambda: len(bench.all(CashInserted)) + len(bench.all(BillReturned)) > ended)


async def change(bench: Bench, chance: random.Random, sale: int) -> None:
    await bench.ask(PayOut(sale=sale, amount_minor=350, pieces=PIECES))
    await trio.sleep(chance.random() * 2)
    spoil(bench, chance, "changer")
    await bench.until(lambda: any(paid.sale == sale for paid in bench.all(PaidOut)))


async def card(bench: Bench, chance: random.Random, sale: int) -> None:
    await bench.ask(Authorise(sale=sale, amount_minor=150), "cashless")
    await trio.sleep(1.5)
    bench.reader.present_card(chance.choice((-1, 1000, 50)))
    await bench.until(
        lambda: sale in {no.sale for no in bench.all(Declined)} | {yes.sale for yes in bench.all(Authorised)}
    )
    for yes in bench.all(Authorised):
        if yes.sale == sale:
            spoil(bench, chance, "reader")
            amount = chance.choice((0, 150))
            await bench.ask(Settle(sale=sale, amount_minor=amount, reference=yes.reference), "cashless")
            await bench.until(lambda: any(done.sale == sale for done in bench.all(Settled)))
    await trio.sleep(3)
    bench.reader.remove_card()


@pytest.mark.parametrize("wire", ["parity", "ascii", "hex"])
@pytest.mark.parametrize("seed", range(4))
async def test_what_is_told_is_what_happened_on_a_bad_line(
    seed: int, wire: str, autojump_clock: object
) -> None:
    chance = random.Random(seed)
    async with running(full_bus(wire, always_idle=seed % 2 == 0)) as bench:
        await bench.ask(AcceptCash(on=True))
        await trio.sleep(1)
        for sale in range(8):
            spoil(bench, chance, *(name for name in bench.bus.faults if chance.random() < 0.4))
            await chance.choice((coins, bill, change, card))(bench, chance, sale)
            await trio.sleep(5)
            inserted = sum(piece.value_minor for piece in bench.all(CashInserted))
            assert inserted == bench.changer.in_minor + bench.validator.in_minor, sale
            assert sum(paid.amount_minor for paid in bench.all(PaidOut)) == bench.changer.out_minor, sale
            assert sum(done.amount_minor for done in bench.all(Settled)) == bench.reader.taken_minor, sale
