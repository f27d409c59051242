"""A machine's audit port (EVA-DTS over DEX): its own counters read, prices written."""

from runtime.message import event, order


@order("audit.read")
class ReadAudit:
    """Read the audit; answered by ``AuditRead`` or ``AuditFailed``.

    ``reset`` begins the interval counters anew.
    """

    reset: bool = False


@event("audit.was_read")
class AuditRead:
    """The audit as the machine sent it: EVA-DTS lines with CR LF."""

    text: str


@order("audit.write_prices")
class WritePrices:
    """Write (lane, price in minor units) as EVA-DTS configuration.

    Answered by ``PricesWritten`` or ``AuditFailed``.
    """

    prices: tuple[tuple[str, int], ...]


@event("audit.prices_written")
class PricesWritten:
    """The machine took the configuration; ``prices`` is what it says on reading back."""

    prices: tuple[tuple[str, int], ...]


@event("audit.failed")
class AuditFailed:
    """The port did not do it. ``why`` is one line for an operator."""

    why: str
