"""Changes of a chain carried into its recorded demand: what was bought is bought at the changed price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from scenarios.chain import Chain
from scenarios.rehearsal import changes
from scenarios.rehearsal.changes import Change
from simulator.customers.recorded import Attempt


def applied(
    where: str,
    otherwise: Iterable[Change],
    chain: Chain,
    attempts: Iterable[Attempt],
    asked: Mapping[str, float],
) -> tuple[Attempt, ...]:
    """Purchases at the changed prices, quantities kept; those of machines that are gone are left out.

    Args:
        where: for errors, the scenario's name.
        otherwise: what is changed.
        chain: as it was recorded.
        attempts: as they were recorded.
        asked: how much each product is asked for, by code.

    Raises:
        ConfigError: a value outside its rule, or a place or product that the chain does not have.
    """
    found = tuple(attempts)
    for change in otherwise:
        at = f"{where}: {change.path}"
        if change.path.partition(".")[0] == "price":
            price = changes.price_of(at, change, chain, asked)
            found = tuple(
                attrs.evolve(
                    attempt,
                    lines=tuple(
                        attrs.evolve(line, price_minor=price(line.product, line.price_minor))
                        for line in attempt.lines
                    ),
                )
                for attempt in found
            )
        elif change.path == "off":
            left = {plan.id for plan in changes.applied(where, (change,), chain, asked).machines}
            found = tuple(attempt for attempt in found if attempt.machine in left)
    return found
