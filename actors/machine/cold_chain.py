"""The cold chain's rule: when perishable lanes must stop selling, and what lets them sell again.

Three things lock the perishable lanes (limits per machine in ``ColdRule``):

- **warm**: above the limit for more than 15 minutes with the door shut;
- **door**: not back to the limit within 30 minutes after the door was shut;
- **defrost**: not back to the limit within 30 minutes after a defrost ended.

While one of the two recoveries runs, "warm" waits for it: it begins with warm air by its nature. With the
door open nothing is counted; shutting it begins the recovery anew. A defrost of which no end is heard counts
as ended after ``defrost_seconds``. Exactly at the limit is cold; exactly at the end of the time is in time.

A cabinet that nobody reads is taken for warm: no reading for ``stale_seconds`` (or none yet since a start)
counts as warm from then on, and "unread" locks like "warm". So a lost sensor locks after 30 minutes.

Time without power counts. What was warm before a cut goes on being warm; what was cold before it and is read
warm first after it counts as warm since the last fact that told it cold, since nobody knows how long it was
off. A door left open counts as shut at the start, unless its switch says that it is open.

Only service and restock unlock: the goods of a locked lane were taken out and others put in by one visit
(``renewed``), and after that the cabinet was read cold. New goods in a warm cabinet count as the door shut
(some machines have no switch at it); a lock while they wait spoils them too.
"""

from __future__ import annotations

import attrs

from actors.cabinet.messages import (
    CabinetCooled,
    CabinetOpened,
    CabinetShut,
    CabinetUnread,
    CabinetWarmed,
    ColdChainGuarded,
    ColdChainLocked,
    ColdChainUnlocked,
    DefrostBegan,
    DefrostOver,
)

SECOND_US = 1_000_000


@attrs.frozen(kw_only=True)
class ColdRule:
    """Limits of one machine.

    Attributes:
        limit_decicelsius: warmer than this is too warm.
        warm_seconds: how long it may be so with the door shut.
        recover_seconds: within which it must be back after the door was shut or a defrost ended.
        defrost_seconds: the longest that a defrost may take.
        stale_seconds: how long the last reading is believed.
    """

    limit_decicelsius: int = 50
    warm_seconds: int = 15 * 60
    recover_seconds: int = 30 * 60
    defrost_seconds: int = 45 * 60
    stale_seconds: int = 15 * 60


ColdFact = (
    ColdChainGuarded
    | CabinetWarmed
    | CabinetCooled
    | CabinetUnread
    | CabinetOpened
    | CabinetShut
    | DefrostBegan
    | DefrostOver
    | ColdChainLocked
    | ColdChainUnlocked
)


@attrs.define(slots=True, kw_only=True)
class ColdChain:
    """What the rule must know of a cabinet. Changed by facts only; times are 0 where nothing counts.

    Attributes:
        guarded: perishable lanes.
        warm_us: since when it counts as warm.
        unread: it does so because nobody knows.
        cold_us: when a fact last told it cold.
        temp_decicelsius: the last that changed anything.
        door_open: as last heard.
        shut_us: when the door was shut, until the cabinet is cold again.
        defrosting_us: when the defrost began that is under way.
        defrosted_us: when a defrost ended, until the cabinet is cold again.
        locked: perishable lanes that may not sell.
        renewed: those of them with new goods, waiting for a cold cabinet.
    """

    guarded: tuple[str, ...] = ()
    warm_us: int = 0
    unread: bool = False
    cold_us: int = 0
    temp_decicelsius: int = 0
    door_open: bool = False
    shut_us: int = 0
    defrosting_us: int = 0
    defrosted_us: int = 0
    locked: tuple[str, ...] = ()
    renewed: tuple[str, ...] = ()

    @property
    def is_cold(self) -> bool:
        """Read at or below the limit, and nothing has happened since that needs another reading."""
        return not (self.warm_us or self.door_open or self.shut_us or self.defrosting_us or self.defrosted_us)

    def due(self, rule: ColdRule) -> tuple[int, str]:
        """The last moment at which all is well if nothing changes, and why it would lock after it.

        (0, "") when nothing runs out.
        """
        if not self.guarded or not self.warm_us or self.door_open:
            return 0, ""
        if self.defrosting_us:
            end_us = self.defrosting_us + (rule.defrost_seconds + rule.recover_seconds) * SECOND_US
            return end_us, "defrost"
        recoveries = [
            (since_us + rule.recover_seconds * SECOND_US, why)
            for since_us, why in ((self.shut_us, "door"), (self.defrosted_us, "defrost"))
            if since_us
        ]
        if recoveries:
            return min(recoveries)
        return self.warm_us + rule.warm_seconds * SECOND_US, "unread" if self.unread else "warm"

    def to_lock(self) -> tuple[str, ...]:
        """Lanes that a broken rule changes something for."""
        fresh = set(self.guarded) - set(self.locked) | set(self.renewed)
        return tuple(lane for lane in self.guarded if lane in fresh)

    def enter(self, fact: ColdFact) -> None:
        """Take a fact in."""
        match fact:
            case ColdChainGuarded():
                self.guarded = fact.lanes
                self.locked = tuple(lane for lane in self.locked if lane in fact.lanes)
                self.renewed = tuple(lane for lane in self.renewed if lane in fact.lanes)
            case CabinetWarmed():
                self.warm_us = self.warm_us or fact.at_us
                self.unread, self.temp_decicelsius = False, fact.temp_decicelsius
            case CabinetCooled():
                self.warm_us = self.shut_us = self.defrosted_us = 0
                self.cold_us = fact.at_us
                self.unread, self.temp_decicelsius = False, fact.temp_decicelsius
            case CabinetUnread():
                self.warm_us, self.unread = min(self.warm_us or fact.at_us, fact.at_us), True
            case CabinetOpened():
                self.door_open, self.shut_us = True, 0
            case CabinetShut():
                self.door_open, self.shut_us = False, fact.at_us
            case DefrostBegan():
                self.defrosting_us, self.defrosted_us = fact.at_us, 0
            case DefrostOver():
                self.defrosting_us, self.defrosted_us = 0, fact.at_us
            case ColdChainLocked():
                more = tuple(lane for lane in fact.lanes if lane not in self.locked)
                self.locked += more
                self.renewed = ()
            case ColdChainUnlocked():
                self.locked = tuple(lane for lane in self.locked if lane not in fact.lanes)
                self.renewed = tuple(lane for lane in self.renewed if lane not in fact.lanes)

    def renew(self, lanes: tuple[str, ...]) -> None:
        """A visit replaced the goods of these lanes (``MachineServiced.renewed``)."""
        fresh = [lane for lane in lanes if lane in self.locked and lane not in self.renewed]
        self.renewed = (*self.renewed, *fresh)
