"""Troubles of simulated devices: each begins, lasts, and is mended; several may last at once."""

from __future__ import annotations

from runtime.message import order

NONE: tuple[Trouble, ...] = ()


@order("street.trouble")
class Trouble:
    """Something is wrong with a device until it is mended.

    Attributes:
        number: of the fault, so that the same one is mended.
        kind: what is wrong, a word of the device, e.g. "jams".
        share: of its work that is hit, from 0 to 1.
    """

    number: int
    kind: str
    share: float = 1.0


@order("street.mended")
class Mended:
    """This trouble of a device is over."""

    number: int


def begun(troubles: tuple[Trouble, ...], trouble: Trouble) -> tuple[Trouble, ...]:
    """Troubles with one more; the same number again takes the place of the former."""
    return (*mended(troubles, trouble.number), trouble)


def mended(troubles: tuple[Trouble, ...], number: int) -> tuple[Trouble, ...]:
    """Troubles without the one of this number."""
    return tuple(each for each in troubles if each.number != number)


def share_of(troubles: tuple[Trouble, ...], kind: str) -> float:
    """The greatest share of a kind of trouble; 0 where there is none."""
    return max((each.share for each in troubles if each.kind == kind), default=0.0)
