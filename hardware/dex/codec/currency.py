"""ID4: which currency an audit counts in, and with how many decimals."""

from __future__ import annotations

from hardware.dex.codec.lines import Line

DECIMALS_MAX = 4

ISO_4217 = {
    32: "ARS", 36: "AUD", 48: "BHD", 68: "BOB", 96: "BND", 124: "CAD", 152: "CLP", 156: "CNY",
    170: "COP", 188: "CRC", 191: "HRK", 203: "CZK", 208: "DKK", 344: "HKD", 348: "HUF", 352: "ISK",
    356: "INR", 360: "IDR", 376: "ILS", 392: "JPY", 398: "KZT", 400: "JOD", 410: "KRW", 414: "KWD",
    440: "LTL", 446: "MOP", 458: "MYR", 484: "MXN", 504: "MAD", 512: "OMR", 554: "NZD", 578: "NOK",
    586: "PKR", 604: "PEN", 608: "PHP", 634: "QAR", 643: "RUB", 682: "SAR", 702: "SGD", 704: "VND",
    710: "ZAR", 752: "SEK", 756: "CHF", 764: "THB", 784: "AED", 788: "TND", 818: "EGP", 826: "GBP",
    840: "USD", 858: "UYU", 901: "TWD", 933: "BYN", 941: "RSD", 944: "AZN", 946: "RON", 949: "TRY",
    963: "XTS", 975: "BGN", 978: "EUR", 980: "UAH", 981: "GEL", 985: "PLN", 986: "BRL",
}  # fmt: skip
"""ISO 4217: numeric to alphabetic code, where vending machines stand."""

NUMBERS = {code: number for number, code in ISO_4217.items()}


def decimals(line: Line | None) -> int | None:
    """ID401, if it is carried and believable."""
    value = None if line is None else line.number(1)
    return value if value is not None and 0 <= value <= DECIMALS_MAX else None


def currency(line: Line | None) -> str | None:
    """The alphabetic code: ID403, else ID402 as ISO 4217 number, with or without the 1 that MDB puts before.

    A telephone code (``001``, ``039``) names no currency for sure, so it gives None.
    """
    if line is None:
        return None
    alpha = line.text(3) or ""
    if len(alpha) == 3 and alpha.isascii() and alpha.isalpha():
        return alpha.upper()
    for number in (3, 2):
        value = line.number(number)
        text = line.text(number) or ""
        if value is not None and 1_000 < value < 2_000 and len(text) == 4:
            value -= 1_000
        if value in ISO_4217:
            return ISO_4217[value]
    return None
