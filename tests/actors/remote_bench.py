"""How a command from afar ended, and a reader that settles."""

from __future__ import annotations

from typing import Any

from actors.control.messages import (
    NotDone,
)
from hardware.contract.payment import Settle, Settled
from runtime import wire
from runtime.command import Finish
from tests.actors.bench import Bench
from tests.actors.machine_bench import (
    ME,
)


def finished(bench: Bench, number: int = 1) -> tuple[str, Any]:
    """How a command ended: outcome and answer."""
    ends = [f for f in bench.told_to("commands", Finish) if f.id == f"test:{number}"]
    assert len(ends) == 1, f"command {number} ended {len(ends)} times"
    return ends[0].outcome, wire.decode(ends[0].answer) if ends[0].answer else None


def why(bench: Bench, number: int = 1) -> str:
    outcome, answer = finished(bench, number)
    assert outcome == "failed"
    assert isinstance(answer, NotDone)
    return answer.why


def settled(bench: Bench) -> None:
    """The reader does what it was last asked."""
    ask = bench.told_to(f"{ME}/cashless", Settle)[-1]
    bench.send(ME, Settled(sale=ask.sale, amount_minor=ask.amount_minor, ask=ask.ask))
