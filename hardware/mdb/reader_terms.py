"""What master and reader have agreed on at setup: level, options, scaling, and so how amounts are said."""

from __future__ import annotations

import attrs

from hardware.mdb.codec import reader
from hardware.mdb.codec.money import Scaling
from hardware.mdb.codec.reader import Dialect
from hardware.mdb.codec.reader_answers import MANY_VENDS, WANTS_CASH_SALES, Configuration
from hardware.mdb.life import Step
from runtime.errors import ProtocolError

USED_OPTIONS = reader.ALWAYS_IDLE | reader.MONEY_32_BIT


@attrs.define
class Terms:
    """Agreed anew after each reset.

    Attributes:
        dialect: how long messages are.
        always_idle: the reader takes a request without a session (product first).
        config: what the reader is; kept over a reset, as money taken before it must still be understood.
    """

    minor_digits: int
    dialect: Dialect = attrs.field(factory=Dialect)
    always_idle: bool = False
    config: Configuration | None = None

    def forget(self) -> None:
        """The reader was reset."""
        self.dialect, self.always_idle = Dialect(), False

    def configured(self, config: Configuration) -> None:
        """The reader has said what it is."""
        self.config = config
        self.dialect = attrs.evolve(self.dialect, level=max(1, min(3, config.level)))

    def steps_for(self, offered: int) -> list[Step]:
        """More commands of the setup, for the options that the reader offers."""
        options = offered & USED_OPTIONS
        if not options or self.dialect.level < 3:
            return []
        steps = [Step(reader.EnableOptions(options))]
        if options & reader.MONEY_32_BIT and self.config is not None:
            steps.append(Step(reader.SetPrices(0xFFFFFFFF, 0, self.config.country)))
        return steps

    def enabled(self, options: int) -> None:
        """The reader has acknowledged these options."""
        self.always_idle = bool(options & reader.ALWAYS_IDLE)
        self.dialect = attrs.evolve(self.dialect, expanded=bool(options & reader.MONEY_32_BIT))

    @property
    def many_vends(self) -> bool:
        """Whether one session may hold several vends."""
        return self.config is not None and bool(self.config.options & MANY_VENDS)

    @property
    def wants_cash_sales(self) -> bool:
        """Whether the reader keeps the audit of cash sales."""
        return self.config is not None and bool(self.config.options & WANTS_CASH_SALES)

    @property
    def currency(self) -> int | None:
        """The reader's currency where a command names it: in the 32-bit format."""
        return self.config.country if self.config is not None and self.dialect.expanded else None

    def units(self, minor: int) -> int:
        """An amount as the reader says it; raises ProtocolError if it cannot."""
        units = self._scaling().units(minor)
        if units >= self._unknown():
            raise ProtocolError(f"MDB reader: amount must be < {self._scaling().minor(self._unknown())}")
        return units

    def minor(self, units: int) -> int | None:
        """Minor units; None for the amount that stands for "unknown" or a token."""
        return None if units == self._unknown() else self._scaling().minor(units)

    def _unknown(self) -> int:
        return (1 << 8 * self.dialect.money_bytes) - 1

    def _scaling(self) -> Scaling:
        if self.config is None:
            raise ProtocolError("MDB reader: must be set up before money is spoken of")
        return attrs.evolve(self.config.scaling, minor_digits=self.minor_digits)
