"""A fault as a scenario file writes it, in the trade's words, and what each kind of fault needs."""

from __future__ import annotations

import re
from collections.abc import Mapping

import attrs

from scenarios.rehearsal.places import places_rule
from scenarios.rehearsal.times import EVERY_DAY, times_rule

PRICE = re.compile(r"[+-][0-9]{1,3}(\.[0-9]{1,2})?%|[0-9]{1,9}")
PRICE_RULE = '"+10%", "-5%" or minor units such as "1250"'
TENDERS = ("cashless", "code")
ALWAYS = ("what", "name", "where", "on", "begins", "ends")


@attrs.frozen
class Kind:
    """A kind of fault.

    Attributes:
        does: what happens, in a line.
        takes: further keys that it has.
        needs: those of them that must be given.
    """

    does: str
    takes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


KINDS: Mapping[str, Kind] = {
    "mains off": Kind("machines have no mains: nothing sells, cabinets warm"),
    "machine silent": Kind("a machine's devices do not answer"),
    "network down": Kind("sites sell on, and the office hears nothing of them"),
    "provider down": Kind("card or code payments are declined, at machines and tills", ("tenders",)),
    "coins stuck": Kind("the changers' tubes give nothing, and nobody knows"),
    "jams": Kind("a share of turns after which nothing falls", ("share",), ("share",)),
    "motors stuck": Kind("a share of turns that the motor does not make", ("share",), ("share",)),
    "drop sensor blind": Kind("a share of units that fall and are not seen", ("share",)),
    "compressor broken": Kind("cabinets warm; the machine goes on selling what may be sold"),
    "van broken down": Kind("a van stands still"),
    "price pushed": Kind(
        "prices are changed by command, and changed back at the end if there is one",
        ("products", "price", "stays"),
        ("price",),
    ),
    "recall": Kind("lanes of these products are taken out of service by command", ("products", "stays")),
    "lane mislabelled": Kind("two lanes have each other's label and price", ("lanes",), ("lanes",)),
    "closed": Kind("machines are locked by command"),
}


@attrs.frozen(kw_only=True)
class FaultRow:
    """One table of ``[[faults]]``.

    Attributes:
        what: a word of ``KINDS``.
        name: by which another file or the command line leaves it out; its kind where there is none.
        where: places, all of them together.
        on: days; every day of the run where there is none.
        begins, ends: local times "from" and "to"; one that ends no later than it begins ends on the next day.
        share: of turns or units.
        tenders: "cashless", "code" or both.
        products: which; all where there is none.
        price: the new price, or by how much it changes.
        stays: prices or lanes are not put right at the end.
        lanes: the two whose labels are changed.
    """

    what: str
    name: str = ""
    where: tuple[str, ...] = ("all",)
    on: tuple[str, ...] = (EVERY_DAY,)
    begins: str = "00:00"
    ends: str = "24:00"
    share: float = 1.0
    tenders: tuple[str, ...] = TENDERS
    products: tuple[str, ...] = ()
    price: str = ""
    stays: bool = False
    lanes: tuple[str, ...] = ()

    @property
    def called(self) -> str:
        """Its name, or else its kind."""
        return self.name or self.what

    def checked(self) -> str:
        """Which rule it breaks by itself; "" none."""
        kind = KINDS.get(self.what)
        if kind is None:
            return f"what: must be one of {', '.join(KINDS)}, not {self.what!r}"
        usual = FaultRow(what=self.what)
        for field in attrs.fields(FaultRow):
            given = getattr(self, field.name) != getattr(usual, field.name)
            if given and field.name not in (*ALWAYS, *kind.takes):
                return f"{field.name}: must be left out, a fault {self.what!r} has none"
            if not given and field.name in kind.needs and field.name != "share":
                return f"{field.name}: must be given for a fault {self.what!r}"
        if not 0.0 < self.share <= 1.0:
            return f"share: must be over 0 and up to 1, not {self.share}"
        if self.price and not PRICE.fullmatch(self.price):
            return f"price: must be {PRICE_RULE}, not {self.price!r}"
        if self.lanes and (len(self.lanes) != 2 or self.lanes[0] == self.lanes[1]):
            return f"lanes: must be two lanes, not {list(self.lanes)}"
        for tender in self.tenders:
            if tender not in TENDERS:
                return f"tenders: must be among {', '.join(TENDERS)}, not {tender!r}"
        return places_rule(self.where) or times_rule(self.on, self.begins, self.ends)
