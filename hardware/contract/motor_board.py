"""Motor board with drop sensor: turns a lane's motor once and says whether something fell."""

from runtime.message import event, order

DROPPED = "dropped"
NO_DROP = "no_drop"
STUCK = "stuck"


@order("motor.turn")
class TurnMotor:
    """Turn this lane's motor once. ``turn`` is the number of the attempt, unique within the machine."""

    lane: str
    turn: int


@event("motor.turned")
class MotorTurned:
    """The motor has stopped.

    Attributes:
        turn: the number from ``TurnMotor``.
        outcome: "dropped" (the sensor saw a product), "no_drop" or "stuck".
    """

    lane: str
    turn: int
    outcome: str
