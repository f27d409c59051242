"""Which conditions are alarms, and how urgent: pure rules.

An operator can deal with about 150 alarms a day, 300 at most (EEMUA 191). So a condition that one visit mends
is one alarm: goods running low are counted by machine, because the van goes to the machine whichever lane it
is. A lane that sells nothing any more is an alarm of its own, because that is turnover lost now.
"""

from __future__ import annotations

SOLD_OUT, LOW, JAM, OFFLINE = "sold_out", "low", "jam", "offline"
TEMPERATURE, PAYMENT, HEALTH = "temperature", "payment", "health"
DISK, FORK, SET_ASIDE, DAMAGE = "disk", "fork", "set_aside", "damage"

ENDS_WHEN_SEEN = (PAYMENT, FORK)
"""Nothing that could be over: acknowledging it ends the alarm."""

PRIORITY = {
    JAM: 1,  # a lane out of service until somebody comes
    TEMPERATURE: 1,  # food safety
    HEALTH: 1,  # perishable goods locked until they are replaced
    PAYMENT: 1,  # somebody's money
    DISK: 1,  # all machines of a node sell nothing
    FORK: 1,  # money and stock of a node have to be compared
    DAMAGE: 1,  # books or a journal can no longer be trusted as they are
    SET_ASIDE: 1,  # an actor ignores what nobody has looked at
    SOLD_OUT: 2,
    OFFLINE: 2,
    LOW: 3,
}

LOW_LANE_PERCENT, LOW_MACHINE_PERCENT = 20, 10
"""A lane is low at this part of its capacity or less, a machine when this part of its lanes is."""


def is_low(level: int, capacity: int, percent: int = LOW_LANE_PERCENT) -> bool:
    """Whether a lane should be filled soon; a sold-out lane is low too."""
    return level * 100 <= capacity * percent


def needs_goods(low_lanes: int, lanes: int, percent: int = LOW_MACHINE_PERCENT) -> bool:
    """Whether a machine as a whole runs low: so many of its lanes do, at least one."""
    return low_lanes > 0 and low_lanes * 100 >= lanes * percent


def alarm_key(kind: str, place: str, cause_node: str, cause_seq: int) -> str:
    """What makes two alarms the same: kind and place; but what ends when seen is always one of its own."""
    return f"{kind} {place} {cause_node}:{cause_seq}" if kind in ENDS_WHEN_SEEN else f"{kind} {place}"
