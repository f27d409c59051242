"""A machine's display: one text at a time."""

from runtime.message import order


@order("display.show")
class ShowText:
    """Show this text until another comes; "" shows the machine's own greeting."""

    text: str
