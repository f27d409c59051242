"""Passwords: the rule for new ones, and argon2id in a worker thread.

The parameters are argon2-cffi's (RFC 9106, second recommended: 64 MiB, 3 passes, 4 lanes); at most two are
computed at once, so that a burst of guesses takes 128 MiB and not all there is.
"""

from __future__ import annotations

import itertools
import secrets
import unicodedata

import argon2
import trio

LENGTH_MIN = 12
LENGTH_MAX = 200
AT_ONCE_MAX = 2
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

_WORDS = """
password qwerty qwertyuiop asdfghjkl zxcvbnm letmein welcome admin administrator iloveyou monkey dragon
football baseball sunshine princess master superman batman trustno secret changeme default guest login
abc abcdef abcdefgh abcdefghijkl passw0rd p4ssword p4ssw0rd p@ssword p@ssw0rd pa55word qazwsx qazwsxedc
1qaz2wsx 1qaz2wsx3edc 1q2w3e 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y zaq12wsx q1w2e3r4 q1w2e3r4t5 qwer asdf
zxcv qwerasdfzxcv asdfqwer woaini woaini1314 woaini520 wodemima mima hawker vending machine operator
manager cashier store password1 correcthorsebatterystaple starwars pokemon whatever freedom computer
internet samsung google michael jordan charlie summer winter spring autumn
"""
COMMON = frozenset(_WORDS.split())
"""Words that lists of leaked passwords are made of; repeated, numbered or with marks after them they are as
bad, so ``weakness`` looks for them in what is left without those."""


def weakness(password: str, name: str) -> str:
    """The rule a new password breaks, "" for none."""
    text = unicodedata.normalize("NFKC", password)
    if not LENGTH_MIN <= len(text) <= LENGTH_MAX:
        return f"must have {LENGTH_MIN} to {LENGTH_MAX} characters"
    folded = text.casefold()
    if name and name.casefold() in folded and len(folded) - len(name) < LENGTH_MIN:
        return "must not be the name with something added"
    if len(set(folded)) < 5 or _runs(folded):
        return "must not be one row of keys, digits or letters"
    bare = folded.strip("0123456789!@#$%^&*()-_=+.,;:?/ ")
    if any(_is_repeated(candidate) for candidate in (folded, bare) if candidate):
        return "must not be a common password"
    return ""


def _is_repeated(text: str) -> bool:
    """Whether a text is common words only."""
    for length in range(len(text), 2, -1):
        if text[:length] in COMMON and (
            length == len(text) or _is_repeated(text[length:].lstrip("0123456789 !-_"))
        ):
            return True
    return text == ""


def _runs(text: str) -> bool:
    """Whether most of the steps from a character to the next are +1, -1 or 0, as in 1234 or aaaa."""
    steps = [ord(after) - ord(before) for before, after in itertools.pairwise(text)]
    return sum(step in (-1, 0, 1) for step in steps) * 4 > len(steps) * 3


def made_up() -> str:
    """A password for a first log-in: 20 characters, 99 bits, none that looks like another."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))


class Passwords:
    """Makes and checks hashes, a few at once."""

    def __init__(self, hasher: argon2.PasswordHasher | None = None) -> None:
        self._hasher = hasher or argon2.PasswordHasher()
        self._limiter = trio.CapacityLimiter(AT_ONCE_MAX)
        self._nobodys = self._hasher.hash(secrets.token_urlsafe(32))

    def hash(self, password: str) -> str:
        """An argon2id hash, here and now."""
        return self._hasher.hash(unicodedata.normalize("NFKC", password))

    async def hashed(self, password: str) -> str:
        """``hash`` in a worker thread."""
        return await trio.to_thread.run_sync(self.hash, password, limiter=self._limiter)

    async def fits(self, kept: str | None, password: str) -> bool:
        """Whether a password is the one kept; takes as long where none is kept."""
        given = unicodedata.normalize("NFKC", password)
        return await trio.to_thread.run_sync(self._fits, kept, given, limiter=self._limiter)

    def _fits(self, kept: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(kept or self._nobodys, password) and kept is not None
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False
