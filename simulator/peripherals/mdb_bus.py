"""An MDB bus with its slaves: a coin changer, a bill validator and a card reader behind one master's wire.

The bus carries blocks and confirmations to the slaves and their answers back, and spoils them when told to.
How its bytes look to the master's computer is one of three wires: ``parity``, ``ascii``, ``hex``
(see README.md).
"""

from __future__ import annotations

import attrs
import trio

from hardware.mdb.codec.block import ACK, NAK, address
from simulator.peripherals.mdb_changer import MdbChanger
from simulator.peripherals.mdb_reader import MdbReader
from simulator.peripherals.mdb_slave import MdbSlave
from simulator.peripherals.mdb_validator import MdbValidator
from simulator.peripherals.mdb_wires import WIRES, Said


@attrs.define
class LineFaults:
    """What happens to one slave on the line. Numbers count down to 0.

    Attributes:
        silent: it neither hears nor answers.
        answers_lost: it hears and acts, but its answer does not arrive.
        answers_corrupt: its answer arrives with a wrong check byte.
        naks: it answers NAK and does not act.
        acks_lost: it does not hear the master's acknowledgement, so it tells the same again.
    """

    silent: bool = False
    answers_lost: int = 0
    answers_corrupt: int = 0
    naks: int = 0
    acks_lost: int = 0


class MdbBus:
    """Changer, validator and reader; leave one out with None.

    Attributes:
        kind: "mdb".
        wire: "parity", "ascii" or "hex".
        faults: of each slave's line, by the slave's name.
    """

    kind = "mdb"

    def __init__(
        self,
        changer: MdbChanger | None = None,
        validator: MdbValidator | None = None,
        reader: MdbReader | None = None,
        *,
        wire: str = "parity",
    ) -> None:
        self.changer, self.validator, self.reader = changer, validator, reader
        self.wire = wire
        self.slaves: tuple[MdbSlave, ...] = tuple(
            slave for slave in (changer, validator, reader) if slave is not None
        )
        self.faults = {slave.name: LineFaults() for slave in self.slaves}
        self._at = {slave.address: slave for slave in self.slaves}
        self._speaker: MdbSlave | None = None
        self._said: Said | None = None

    async def serve(self, stream: trio.abc.Stream) -> None:
        """Answer the master until cancelled or until the stream ends."""
        await WIRES[self.wire](self, stream)

    def ask(self, block: bytes) -> Said | None:
        """Carry a master's block (without check byte) to its slave; None is silence."""
        self._speaker = self._said = None
        slave = self._at.get(address(block))
        if slave is None:
            return None
        faults = self.faults[slave.name]
        if faults.silent:
            return None
        if faults.naks:
            faults.naks -= 1
            return Said(NAK)
        data = slave.hear(block)
        if data is None:
            return None
        self._speaker = slave
        self._said = Said(None, data) if data else Said(ACK)
        if faults.answers_lost:
            slave.forgive()
        return self._on_the_line(self._said, faults)

    def say_again(self) -> Said | None:
        """RET: the last speaker's answer once more."""
        if self._speaker is None or self._said is None:
            return None
        return self._on_the_line(self._said, self.faults[self._speaker.name])

    def acknowledge(self) -> None:
        """ACK of the master: the last speaker forgets what it told."""
        slave, self._speaker = self._speaker, None
        if slave is None:
            return
        faults = self.faults[slave.name]
        if faults.acks_lost:
            faults.acks_lost -= 1
        else:
            slave.acknowledged()

    def reset_all(self) -> None:
        """The master holds the line active for 100 ms: every slave resets (MDB/ICP 4.2, 2.5)."""
        for slave in self.slaves:
            if slave.powered:
                slave.reset()

    def polls(self) -> list[bytes]:
        """The POLL block of every slave, for an adapter that polls by itself."""
        return [bytes([slave.address | slave.poll_command]) for slave in self.slaves]

    @staticmethod
    def _on_the_line(said: Said, faults: LineFaults) -> Said | None:
        if faults.answers_lost:
            faults.answers_lost -= 1
            return None
        if faults.answers_corrupt and said.data:
            faults.answers_corrupt -= 1
            return attrs.evolve(said, corrupt=True)
        return said

    # The whole machine

    def cut_power(self) -> None:
        """Pull the plug of every slave."""
        for slave in self.slaves:
            slave.cut_power()

    def restore_power(self) -> None:
        """Plug every slave in again."""
        for slave in self.slaves:
            slave.restore_power()

    @property
    def complaints(self) -> list[str]:
        """Rules of the protocol that the master has broken."""
        return [line for slave in self.slaves for line in slave.complaints]
