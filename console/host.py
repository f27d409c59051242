"""What the console needs of the process it runs in; ``hawker up`` provides it, tests provide their own."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from console.state.actor import ConsoleActor
from scenarios.chain import Chain
from scenarios.live.health import Checked, LinkState


class Host(Protocol):
    """The running chain, as the console sees it.

    Attributes:
        speed: simulated seconds per second; 0 is paused. The console sets it.
    """

    speed: float

    @property
    def chain(self) -> Chain:
        """The chain that runs."""
        ...

    @property
    def console(self) -> ConsoleActor:
        """The console actor; another object after a restart of that actor."""
        ...

    def now_us(self) -> int:
        """The chain's clock, microseconds since 1970 UTC."""
        ...

    def tell(self, address: str, message: object) -> None:
        """Hand the office node a message as edge input."""
        ...

    @property
    def data(self) -> Path | None:
        """The folder that the chain is kept in; None where nothing is kept, or all of it is over."""
        ...

    def links(self) -> list[LinkState]:
        """Every node's link, the office last."""
        ...

    def checked(self) -> Checked | None:
        """The last daily check of what is kept that ended since the start; None before the first."""
        ...

    def nodes(self) -> list[tuple[str, bool, int]]:
        """Every node: name, whether it is linked now, and when it was last heard (microseconds)."""
        ...
