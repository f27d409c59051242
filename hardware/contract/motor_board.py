"""Motor board with drop sensor: turns a lane's motor once and says whether something fell."""

from runtime.message import event, order

DROPPED = "dropped"
NO_DROP = "no_drop"
STUCK = "stuck"
NOT_TURNED = "not_turned"
UNKNOWN = "unknown"


@order("motor.turn")
class TurnMotor:
    """Turn this lane's motor once; answered by ``MotorTurned``. Asked again, it never turns twice.

    A driver that is sure that the motor never began (the board refused it or could not be told) may answer
    "not_turned"; one that lost sight of the board after it may have begun, "unknown".

    Attributes:
        turn: number of the attempt, unique within the machine.
        joined: a second motor to turn together with it (a wide product on two lanes); "" none.
    """

    lane: str
    turn: int
    joined: str = ""


@order("motor.ask_turn")
class AskTurn:
    """Say how this attempt ended, and turn nothing; answered by ``MotorTurned``, with what is known."""

    lane: str
    turn: int


@event("motor.turned")
class MotorTurned:
    """The motor has stopped, or was asked about.

    Attributes:
        turn: the number from ``TurnMotor``.
        outcome: "dropped" (the sensor saw a product), "no_drop", "stuck" (the motor did not run its turn);
            "not_turned" (the board is sure that it never began) and "unknown" answer ``AskTurn``, and
            ``TurnMotor`` where a driver can say no more.
    """

    lane: str
    turn: int
    outcome: str
