"""What a comparison takes for granted, in sentences; every report carries them."""

from __future__ import annotations

from scenarios.what_if.changes import Asked
from scenarios.what_if.hidden import Hidden


def statements(asked: Asked, estimate: Hidden) -> list[str]:
    """One sentence or two for each assumption."""
    said = [
        "Recorded sales are demand that was met. Units that were asked for and jammed, or could not be paid, "
        "count as demand too.",
        _hidden(estimate),
    ]
    if estimate.unknown:
        said.append(
            f"{estimate.unknown} products at machines were never to be had while anybody looked for them: "
            "nothing is known of their demand, and none is assumed."
        )
    if asked.prices:
        said.append(_prices(asked))
    said += [
        "Who does not find a product does not buy another, nor come back. Cash is exact, no change is due.",
        "Intervals: 95 %, days drawn anew with replacement (4,000 times), one of the replicates each time. "
        "They say how much the difference hangs on which days were recorded, not whether the rest holds.",
    ]
    return said


def _hidden(estimate: Hidden) -> str:
    if estimate.mean <= 0.0:
        return "At no time recorded was a product sold out, shut or silent: no demand had to be estimated."
    return (
        f"While products could not be bought ({estimate.hours:,.0f} hours, over products and machines) "
        f"an estimated {estimate.mean:,.0f} units ({estimate.low:,.0f} to {estimate.high:,.0f}, 95 %) were "
        "asked for and not seen: from the same product's sales in the same hours of the week while it was to "
        "be had, at the same machine and, where it sold little, at all of them. They come in both runs, "
        "drawn anew in each replicate."
    )


def _prices(asked: Asked) -> str:
    elasticity = asked.elasticity
    if not elasticity.mean:
        return "Quantities are kept at the new prices: no elasticity was declared (demand.elasticity)."
    error = f" ± {elasticity.error:g}" if elasticity.error else ""
    return (
        f"Quantity answers price with an elasticity of {elasticity.mean:g}{error}, as declared; no recording "
        "says it."
    )
