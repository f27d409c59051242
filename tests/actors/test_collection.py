"""Three measures of a cash bag stand side by side: sold, metered, counted; the difference is booked once."""

from __future__ import annotations

from actors.cabinet.messages import BagCounted, CashCollected
from actors.control.messages import BagAnswer, CountBag, NotDone
from actors.ledger.trial_balance import TrialBalance
from actors.machine.messages import ServiceMachine
from hardware.contract.cash import CashCounted, CountCash
from runtime import wire
from tests.actors.bench import Bench
from tests.actors.machine_bench import ME, check, choose, coin, counted, opened, pay_out, turn


def sold_for_a_bill(bench: Bench) -> None:
    """8.00 paid with a bill of 20.00, change out of the tubes."""
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(2000, "stacker"))
    turn(bench)
    pay_out(bench)


def collect(bench: Bench, visit: int) -> None:
    bench.deliver(ME, ServiceMachine(visit=visit, loads=(), collect_cash=True), visit)


def count(bench: Bench, visit: int, counted_minor: int, number: int = 50) -> object:
    done = bench.deliver(ME, CountBag(visit=visit, counted_minor=counted_minor, by="ann"), number)
    assert done is not None
    return wire.decode(done.answer)


def over_short(bench: Bench) -> tuple[int, int]:
    """What the ledger says: over/short of the machine, and what it did to the bank."""
    book = TrialBalance("HKD")
    for source, fact in bench.facts:
        book.post(source, fact)
    assert not any(sum(v for (_, c), v in book.balances.items() if c == each) for each in ("HKD",))
    return book.balances[f"over_short:{ME}", "HKD"], book.balances["bank", "HKD"]


def test_a_collection_puts_what_was_sold_beside_what_the_devices_counted() -> None:
    bench = opened()
    sold_for_a_bill(bench)
    collect(bench, 1)
    assert len(bench.told_to(f"{ME}/cash", CountCash)) == 2  # at the start, and now
    bench.send(ME, counted(8_800, inserted_minor=2000, paid_minor=1200))
    assert bench.facts_of(CashCollected) == [
        CashCollected(
            visit=1,
            sold_minor=2000,
            metered_minor=2000,
            inserted_minor=2000,
            paid_minor=1200,
            tubes_minor=8_800,
        )
    ]
    check(bench)


def test_the_next_collection_is_metered_from_the_last() -> None:
    bench = opened()
    sold_for_a_bill(bench)
    collect(bench, 1)
    bench.send(ME, counted(8_800, inserted_minor=2000, paid_minor=1200))
    sold_for_a_bill(bench)
    collect(bench, 2)
    bench.power_cut()
    bench.run(bench.now)
    bench.send(ME, counted(7_600, inserted_minor=3900, paid_minor=2400))
    assert [(f.sold_minor, f.metered_minor) for f in bench.facts_of(CashCollected)] == [
        (2000, 2000),
        (2000, 1900),
    ]


def test_devices_without_counters_or_without_a_word_are_said_to_be_unknown() -> None:
    bench = opened()
    sold_for_a_bill(bench)
    collect(bench, 1)
    bench.send(ME, CashCounted(tubes=((100, 88),), values=(100,)))
    sold_for_a_bill(bench)
    collect(bench, 2)
    assert count(bench, 2, 2000) == BagAnswer(sold_minor=2000, metered_minor=-1, counted_minor=2000)
    assert [f.metered_minor for f in bench.facts_of(CashCollected)] == [-1, -1]


def test_a_count_books_the_difference_as_over_short_of_the_machine() -> None:
    bench = opened()
    sold_for_a_bill(bench)
    collect(bench, 1)
    bench.send(ME, counted(8_800, inserted_minor=2000, paid_minor=1200))
    assert count(bench, 1, 1950) == BagAnswer(sold_minor=2000, metered_minor=2000, counted_minor=1950)
    assert bench.facts_of(BagCounted) == [
        BagCounted(
            visit=1,
            expected_minor=2000,
            counted_minor=1950,
            metered_minor=2000,
            before_minor=2000,
            by="ann",
        )
    ]
    assert over_short(bench) == (50, -50)
    check(bench)


def test_a_second_count_reverses_the_first_and_the_same_count_again_books_nothing() -> None:
    bench = opened()
    sold_for_a_bill(bench)
    collect(bench, 1)
    bench.send(ME, counted(8_800, inserted_minor=2000, paid_minor=1200))
    count(bench, 1, 1950)
    count(bench, 1, 1950, 51)
    bench.power_cut()
    bench.run(bench.now)
    assert over_short(bench) == (50, -50)
    count(bench, 1, 2010, 52)
    assert over_short(bench) == (-10, 10)
    count(bench, 1, 2000, 53)
    assert over_short(bench) == (0, 0)
    assert len(bench.facts_of(BagCounted)) == 3


def test_a_bag_that_nobody_took_cannot_be_counted() -> None:
    bench = opened()
    collect(bench, 1)  # nothing was in the box
    assert count(bench, 1, 100) == NotDone(why="bag must be one of the last 8 of this machine, not visit 1")
    sold_for_a_bill(bench)
    collect(bench, 2)
    assert count(bench, 2, -5, 51) == NotDone(why="bag of visit 2: counted must be >= 0, not -5")
