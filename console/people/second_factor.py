"""The second factor: time-based codes (RFC 6238, 6 digits, 30 s) and recovery codes that are good once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
import string

import pyotp

STEP_SECONDS = 30
STEPS_EARLY_OR_LATE_MAX = 1
RECOVERY_CODES = 10
_RECOVERY_LETTERS = string.ascii_lowercase + "234567"
ISSUER = "Hawker"


def new_secret() -> str:
    """160 bits, base32, as authenticator apps take it."""
    return pyotp.random_base32()


def address_of(secret: str, name: str, chain: str) -> str:
    """The ``otpauth://`` address that an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=f"{name}@{chain}", issuer_name=ISSUER)


def step_of(secret: str, code: str, now: float, after: int) -> int | None:
    """The time step a code is of; None for none now, or one not later than ``after`` (replayed)."""
    totp = pyotp.TOTP(secret)
    current = int(now) // STEP_SECONDS
    for step in range(current - STEPS_EARLY_OR_LATE_MAX, current + STEPS_EARLY_OR_LATE_MAX + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            return step if step > after else None
    return None


def take(db: sqlite3.Connection, person: int, code: str, now: float) -> bool:
    """Whether a code, of the app or for recovery, is good; it is not again."""
    row = db.execute("SELECT totp, totp_step FROM people WHERE id = ?", (person,)).fetchone()
    given = "".join(code.split()).replace("-", "").lower()
    if row is None or row["totp"] is None or not given:
        return False
    if (step := step_of(row["totp"], given, now, row["totp_step"])) is not None:
        db.execute("UPDATE people SET totp_step = ? WHERE id = ?", (step, person))
        return True
    gone = db.execute("DELETE FROM recovery_codes WHERE person = ? AND hash = ?", (person, _kept(given)))
    return gone.rowcount == 1


def new_recovery_codes(db: sqlite3.Connection, person: int) -> list[str]:
    """Ten codes of 80 bits in place of any earlier ones; only their hashes are kept."""
    codes = ["".join(secrets.choice(_RECOVERY_LETTERS) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    db.execute("DELETE FROM recovery_codes WHERE person = ?", (person,))
    db.executemany("INSERT INTO recovery_codes VALUES (?, ?)", [(person, _kept(code)) for code in codes])
    return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in codes]


def remove(db: sqlite3.Connection, person: int) -> None:
    """Take the second factor away."""
    db.execute("UPDATE people SET totp = NULL, totp_offered = NULL WHERE id = ?", (person,))
    db.execute("DELETE FROM recovery_codes WHERE person = ?", (person,))


def _kept(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
