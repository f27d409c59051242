"""The driver of an audit port against a simulated one, over memory in virtual time, and once over a pty."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing

from hardware.contract.audit import AuditFailed, AuditRead, PricesWritten, ReadAudit, WritePrices
from hardware.contract.presence import DeviceFound, DeviceLost
from hardware.dex.codec.audit import read
from hardware.dex.codec.identities import identities
from hardware.dex.driver import ORDERS_MAX, DexDriver
from hardware.driver import Frame
from hardware.ptys import open_pty
from hardware.serial_port import open_serial
from runtime.errors import ConfigError
from simulator.audit_book import AuditBook, LaneCount, TrueCounts
from simulator.peripherals.dex_port import DexPort


def new_port(way: str = "dcs", *, begins: bool = False) -> DexPort:
    counts = TrueCounts(lanes={lane: LaneCount(price_minor=250) for lane in ("A1", "A2", "A3")})
    book = AuditBook(counts=lambda: counts, currency="EUR", serial="HK0712")
    return DexPort(book, way=way, begins=begins)


class Bench:
    """A driver at work and the port at the other end."""

    def __init__(self, port: DexPort, driver: DexDriver) -> None:
        self.port, self.driver = port, driver
        self.told: list[Any] = []
        self.frames: list[Frame] = []

    async def ask(self, order: object, seconds: float = 400.0) -> Any:
        """Give an order and wait for its answer."""
        self.driver.order("audit", order)
        return await self.answer(seconds)

    async def answer(self, seconds: float = 400.0) -> Any:
        with trio.fail_after(seconds):
            while True:
                for number, event in enumerate(self.told):
                    if not isinstance(event, DeviceFound | DeviceLost):
                        return self.told.pop(number)
                await trio.sleep(0.1)


@asynccontextmanager
async def at_work(port: DexPort, driver: DexDriver | None = None) -> AsyncIterator[Bench]:
    near, far = trio.testing.memory_stream_pair()
    bench = Bench(port, driver or DexDriver())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(port.serve, far)
        nursery.start_soon(
            bench.driver.run, near, lambda _, event: bench.told.append(event), bench.frames.append
        )
        yield bench
        nursery.cancel_scope.cancel()


async def test_an_audit_counts_what_really_happened(autojump_clock: trio.testing.MockClock) -> None:
    async with at_work(new_port()) as bench:
        for lane in ("A1", "A1", "A3"):
            bench.port.vend(lane)
        found = await bench.ask(ReadAudit())
        assert isinstance(found, AuditRead)
        (audit,) = read(found.text.encode())
        assert (audit.serial, audit.paid.units, audit.cash.amount_minor) == ("HK0712", 3, 750)
        assert [lane.sold for lane in audit.lanes] == [2, 0, 1]
        assert (audit.g85.result, audit.warnings, bench.port.reads) == ("ok", (), 1)


async def test_a_read_begins_the_interval_anew_and_two_reads_fit(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with at_work(new_port()) as bench:
        bench.port.vend("A1")
        (old,) = read((await bench.ask(ReadAudit())).text.encode())
        bench.port.vend("A2")
        bench.port.vend("A2")
        (new,) = read((await bench.ask(ReadAudit())).text.encode())
        assert (new.paid.units, new.paid.interval_units, new.reads.resets) == (3, 2, 1)
        found = identities(old, new)
        assert len(found) > 5
        assert [one for one in found if not one.holds] == []


async def test_a_machine_that_saves_its_interval_begins_it_anew_only_when_told(
    autojump_clock: trio.testing.MockClock,
) -> None:
    port = new_port()
    port.book.auto = False
    async with at_work(port) as bench:
        port.vend("A1")
        await bench.ask(ReadAudit())
        assert port.book.resets == 0
        await bench.ask(ReadAudit(reset=True))
        assert port.book.resets == 1
        (new,) = read((await bench.ask(ReadAudit())).text.encode())
        assert (new.paid.units, new.paid.interval_units) == (1, 0)


async def test_vends_while_an_audit_is_on_the_wire_belong_to_the_next_interval(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with at_work(new_port()) as bench:
        bench.driver.order("audit", ReadAudit())
        await trio.sleep(0.9)
        bench.port.vend("A1")
        first = await bench.answer()
        (second,) = read((await bench.ask(ReadAudit())).text.encode())
        assert read(first.text.encode())[0].paid.units == 0
        assert (second.paid.units, second.paid.interval_units) == (1, 1)


async def test_prices_are_written_and_believed_only_as_read_back(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with at_work(new_port()) as bench:
        found = await bench.ask(WritePrices(prices=(("A1", 300), ("Z9", 100))))
        assert found == PricesWritten(prices=(("A1", 300),)), "the machine has no lane Z9"
        assert bench.port.book.counts().lanes["A1"].price_minor == 300


async def test_prices_of_a_list_go_as_lc1(autojump_clock: trio.testing.MockClock) -> None:
    async with at_work(new_port(), DexDriver(price_list=0)) as bench:
        found = await bench.ask(WritePrices(prices=(("A2", 310),)))
        assert found == PricesWritten(prices=(("A2", 310),))
        sent = b"".join(frame.raw for frame in bench.frames if frame.sent)
        assert b"LC1*0*A2*310\r\n" in sent
        assert b"PC1" not in sent


@pytest.mark.parametrize("fault", ["lost", "spoilt", "checks", "answers_lost", "waits", "noise", "slow"])
async def test_a_bad_line_is_got_over(autojump_clock: trio.testing.MockClock, fault: str) -> None:
    port = new_port()
    port.vend("A2")
    value: dict[str, Any] = {"noise": b"\x00\x15\x7f", "slow": True}
    async with at_work(port) as bench:
        setattr(port.faults, fault, value.get(fault, 2))
        found = await bench.ask(ReadAudit())
        assert isinstance(found, AuditRead)
        (audit,) = read(found.text.encode())
        assert (audit.paid.units, audit.g85.result) == (1, "ok")


async def test_a_machine_that_begins_by_itself_is_read_and_takes_no_prices(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with at_work(new_port(begins=True)) as bench:
        assert isinstance(await bench.ask(ReadAudit()), AuditRead)
        found = await bench.ask(WritePrices(prices=(("A1", 300),)))
        assert isinstance(found, AuditFailed)
        assert found.why == "prices were not written: the machine begins by itself and takes none"


async def test_over_ddcmp_an_audit_is_read_and_the_list_says_whether_the_interval_begins_anew(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with at_work(new_port("ddcmp"), DexDriver("ddcmp")) as bench:
        bench.port.vend("A1")
        assert read((await bench.ask(ReadAudit())).text.encode())[0].paid.units == 1
        assert bench.port.book.resets == 0
        await bench.ask(ReadAudit(reset=True))
        assert bench.port.book.resets == 1
        found = await bench.ask(WritePrices(prices=(("A1", 300),)))
        assert found == AuditFailed(why="prices cannot be written over DDCMP")


async def test_a_silent_port_is_lost_and_found_again(autojump_clock: trio.testing.MockClock) -> None:
    port = new_port()
    async with at_work(port) as bench:
        await trio.sleep(5)
        assert bench.told == [DeviceFound(device="audit")]
        port.fall_silent()
        found = await bench.ask(ReadAudit())
        assert isinstance(found, AuditFailed)
        assert "no answer" in found.why
        assert bench.told[-1] == DeviceLost(device="audit")
        port.speak_again()
        await trio.sleep(70)
        assert bench.told[-1] == DeviceFound(device="audit")


async def test_orders_beyond_the_ceiling_are_answered_at_once(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with at_work(new_port()) as bench:
        for _ in range(ORDERS_MAX + 2):
            bench.driver.order("audit", ReadAudit())
        refused = [event for event in bench.told if isinstance(event, AuditFailed)]
        assert len(refused) <= 2
        answers = [await bench.answer() for _ in range(ORDERS_MAX + 2)]
        assert sum(isinstance(answer, AuditFailed) for answer in answers) == 2


async def test_an_order_on_a_wire_that_broke_has_failed_and_is_not_done_on_the_next_one(
    autojump_clock: trio.testing.MockClock,
) -> None:
    driver, port = DexDriver(), new_port()
    near, far = trio.testing.memory_stream_pair()
    driver.order("audit", ReadAudit())

    async def cut() -> None:
        await trio.sleep(0.4)
        await far.aclose()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(port.serve, far)
        nursery.start_soon(cut)
        with pytest.raises(trio.BrokenResourceError, match="the wire ended"):
            await driver.run(near, lambda device, event: None)
    async with at_work(port, driver) as bench:
        assert await bench.answer() == AuditFailed(why="the wire broke before it was read or written")
        await trio.sleep(60)
        assert bench.told == [DeviceFound(device="audit")]


async def test_an_order_that_waited_long_for_a_wire_has_failed(
    autojump_clock: trio.testing.MockClock,
) -> None:
    driver = DexDriver()
    driver.order("audit", WritePrices(prices=(("A1", 100),)))
    await trio.sleep(600)
    async with at_work(new_port(), driver) as bench:
        assert await bench.answer() == AuditFailed(why="the port could not be used in time")


async def test_whoever_watches_reads_what_passes(autojump_clock: trio.testing.MockClock) -> None:
    async with at_work(new_port()) as bench:
        await trio.sleep(5)
        await bench.ask(ReadAudit())
        texts = [frame.text for frame in bench.frames]
        assert texts[:3] == ["ENQ", "ACK0", "EOT"], "the look"
        assert "header 'HWK0000001RR00L06' (17 bytes)" in texts
        assert any(text.startswith("data (") and text.endswith("bytes, last)") for text in texts)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"way": "irda"}, "dex: way must be one of dcs, ddcmp, not 'irda'"),
        ({"communication_id": "HAWKER"}, "dex: id must be 10 letters and digits, not 'HAWKER'"),
    ],
)
def test_a_driver_that_cannot_be_is_refused(options: dict[str, str], rule: str) -> None:
    with pytest.raises(ConfigError, match=rule):
        DexDriver(**options)  # type: ignore[arg-type]


async def test_over_a_pty_the_bytes_are_the_same() -> None:
    port = new_port()
    port.vend("A3")
    far, path = open_pty()
    async with far, await open_serial(path) as near:
        bench = Bench(port, DexDriver())
        with trio.fail_after(30):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(port.serve, far)
                nursery.start_soon(bench.driver.run, near, lambda _, event: bench.told.append(event))
                found = await bench.ask(ReadAudit(), 30)
                nursery.cancel_scope.cancel()
    assert read(found.text.encode())[0].paid.units == 1
