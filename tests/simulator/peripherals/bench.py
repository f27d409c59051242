"""A simulated bus with a clock in the test's hand, and a master that says what the test says."""

from __future__ import annotations

from hardware.mdb.codec.block import ACK, NAK
from simulator.peripherals.mdb_bus import MdbBus
from simulator.peripherals.mdb_changer import MdbChanger
from simulator.peripherals.mdb_reader import MdbReader
from simulator.peripherals.mdb_validator import MdbValidator


class HandClock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Master:
    """Asks blocks in hex and acknowledges data, as a master of the bus does.

    Attributes:
        clock: of all slaves.
        changer: coins 50 100 200 500 1000 of scaling 50, tubes for the first four.
        validator: bills 2000 5000 10000 of scaling 100.
        reader: level 3, always idle, scale 10.
    """

    def __init__(
        self,
        *,
        reader_level: int = 3,
        always_idle: bool = True,
        refunds: bool = True,
        recycles_minor: int = 0,
    ) -> None:
        self.clock = HandClock()
        self.changer = MdbChanger(clock=self.clock)
        self.validator = MdbValidator(recycles_minor=recycles_minor, clock=self.clock)
        self.reader = MdbReader(
            level=reader_level, always_idle=always_idle, refund_capable=refunds, clock=self.clock
        )
        self.bus = MdbBus(self.changer, self.validator, self.reader)

    def ask(self, block: str, *, acknowledge: bool = True) -> str | None:
        """The answer without check byte in hex: "" for ACK, "NAK", None for silence."""
        said = self.bus.ask(bytes.fromhex(block))
        if said is None:
            return None
        if said.code is not None:
            return {ACK: "", NAK: "NAK"}[said.code]
        if said.corrupt:
            return "corrupt"
        if acknowledge:
            self.bus.acknowledge()
        return said.data.hex(" ")

    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    def start_changer(self) -> None:
        """Reset read, all coins enabled, all features on."""
        assert self.ask("0b") == "0b"
        assert self.ask("0f 01 00 00 00 07") == ""
        assert self.ask("0c ff ff ff ff") == ""

    def start_validator(self, escrow: str = "ff ff") -> None:
        """Reset read, all bills enabled."""
        assert self.ask("33") == "09 06"
        assert self.ask(f"34 ff ff {escrow}") == ""

    def start_reader(self, *, master_level: int = 3) -> None:
        """Reset read, set up, always idle where it can, enabled."""
        assert self.ask("12") == "00"
        assert self.ask(f"11 00 {master_level:02x} 10 02 00") is not None
        assert self.ask("11 01 ff ff 00 00") == ""
        if master_level == 3 and self.reader.always_idle and self.reader.level == 3:
            assert self.ask("17 04 00 00 00 20") == ""
        assert self.ask("14 01") == ""
