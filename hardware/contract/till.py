"""The peripherals of a till: scanner, scale, printer, cash drawer, and the cashier's tender keys."""

from runtime.message import event, order


@event("scanner.scanned")
class Scanned:
    """A barcode was read (or typed).

    Attributes:
        code: the product's code as scanned.
        quantity: units, or grams for weighed goods.
    """

    code: str
    quantity: int


@event("till.tender_chosen")
class TenderChosen:
    """The cashier ends the basket and takes payment.

    Attributes:
        customer: the customer's own number; comes back in ``Printed`` order's job.
        tender: "cash", "cashless" or "code".
        given_minor: cash handed over; 0 for other tenders.
    """

    customer: int
    tender: str
    given_minor: int


@order("printer.print")
class PrintReceipt:
    """Print this text under this job number; asked again it is a COPY, never a new sale."""

    job: int
    text: str


@event("printer.printed")
class Printed:
    """The job came out."""

    job: int


@event("printer.paper_out")
class PaperOut:
    """The printer has no paper; the job waits."""

    job: int


@order("drawer.open")
class OpenDrawer:
    """Open the cash drawer for this sale."""

    sale: int


@event("drawer.opened")
class DrawerOpened:
    """The drawer is open."""

    sale: int
