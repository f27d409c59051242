"""Money on the bus: small numbers, a scaling factor and decimal places (MDB/ICP 4.2, 5.3, 6.3, 7.3)."""

from __future__ import annotations

import attrs

from runtime.errors import ProtocolError


@attrs.frozen
class Scaling:
    """How a device counts money: value = units x factor x 10^-decimals.

    Attributes:
        factor: 1..65535; the smallest step of money it knows.
        decimals: places of the money so counted, e.g. 2 for cents.
        minor_digits: places of the currency's minor unit, 2 for cents, 0 for yen.
    """

    factor: int
    decimals: int
    minor_digits: int = 2

    def minor(self, units: int) -> int:
        """Minor units of the currency; raises ProtocolError if that is not a whole number."""
        if units < 0:
            raise ProtocolError(f"MDB money: units must be >= 0, not {units}")
        shift = self.minor_digits - self.decimals
        if shift >= 0:
            return units * self.factor * _power(shift)
        whole, rest = divmod(units * self.factor, _power(-shift))
        if rest:
            raise ProtocolError(
                f"MDB money: {units} x {self.factor} with {self.decimals} decimals must be whole minor units"
            )
        return whole

    def units(self, minor: int) -> int:
        """The device's units for an amount; raises ProtocolError if it cannot say the amount."""
        if minor < 0:
            raise ProtocolError(f"MDB money: amount must be >= 0, not {minor}")
        if self.factor < 1:
            raise ProtocolError(f"MDB money: scaling factor must be >= 1, not {self.factor}")
        shift = self.minor_digits - self.decimals
        over, under = (minor, _power(shift)) if shift >= 0 else (minor * _power(-shift), 1)
        whole, rest = divmod(over, under * self.factor)
        if rest:
            raise ProtocolError(f"MDB money: {minor} must be a multiple of {self.minor(1)} for this device")
        return whole


def _power(exponent: int) -> int:
    return int(10**exponent)


def bcd(number: int, size: int) -> bytes:
    """Digits two to a byte, e.g. 1978 -> 19 78."""
    try:
        return bytes.fromhex(f"{number:0{size * 2}d}")
    except ValueError:
        raise ProtocolError(f"MDB BCD: {number} must have at most {size * 2} digits") from None


def country(code: int) -> str:
    """What a BCD country code means: 1xxx is ISO 4217 numeric, else a telephone country code."""
    text = f"{code:04x}"
    return (
        f"currency {text[1:]}"
        if text[0] == "1"
        else f"telephone code {int(text) if text.isdigit() else text}"
    )
