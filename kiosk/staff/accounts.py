"""The accounts of the staff: a number, a role, a PIN of six digits (kept as an Argon2id hash), and for some a card.

A try is counted on disk before it is looked at, so that pulling the plug gives nobody another one. Each wrong try makes the next
wait longer; after `MOST_WRONG` the number is locked until a supervisor opens it again (`kiosk staff unlock`). A number that is
nobody's waits and locks just the same. Who has a card must lay it down: the number alone is not enough.
"""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from kiosk.staff.roles import Member, Role
from offline_cache import journal
from offline_cache.store import Conflict, Store

PIN_DIGITS = 6
WAITS = (0, 5, 15, 60, 300)
"""Seconds after the first, second, … wrong try before the next counts."""
MOST_WRONG = len(WAITS) + 1
"""With so many wrong tries in a row a number is locked."""
SALT_BYTES = 16

NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,15}")
"""A staff number: no name fits into it by accident."""


class AccountError(Exception):
    """An account cannot be made or changed so; nothing was written. Staff's turn. Carries no PIN."""


class SignInRefused(Exception):
    """No entry. `code`: "wrong" (number, card or PIN), "wait" (`wait_seconds` from now), "locked".

    `left`: how many more wrong tries there are before the lock.
    """

    def __init__(self, code: str, *, wait_seconds: int = 0, left: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.wait_seconds = wait_seconds
        self.left = left


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess at a PIN costs (RFC 9106): passes, lanes, KiB of memory. Half a second on a small terminal."""

    iterations: int = 3
    lanes: int = 1
    memory_kib: int = 64 * 1024

    def hash(self, pin: str) -> str:
        """The PIN's hash as a PHC string, with a fresh salt."""
        return Argon2id(
            salt=secrets.token_bytes(SALT_BYTES),
            length=32,
            iterations=self.iterations,
            lanes=self.lanes,
            memory_cost=self.memory_kib,
        ).derive_phc_encoded(pin.encode())


@dataclass(frozen=True, slots=True)
class Account:
    """One account as it is listed."""

    number: str
    role: Role
    has_card: bool
    locked: bool
    closed: bool


class Accounts:
    """All accounts of one terminal. Everything blocks; a sign-in takes as long as `cost` says."""

    def __init__(self, store: Store, clock: Callable[[], datetime], cost: Cost = Cost()) -> None:
        self._store = store
        self._clock = clock
        self._cost = cost
        self._nobody = ""

    # ---- signing in ------------------------------------------------------------------------------------------------------

    def sign_in(self, number: str, pin: str, card: bytes | None = None) -> Member:
        """Who this is. `card`: digest of the public key of the card that proved itself, if one lies there. Raises `SignInRefused`."""
        left = self._try(number)
        with self._store.reading() as tx:
            row = tx.row("SELECT role, pin, card FROM staff WHERE number = ? AND closed = 0", (number,))
        right = _is_pin(pin, str(row[1]) if row else self._nobodys())
        if row is None or not right or (row[2] is not None and (card is None or bytes(row[2]) != card)):
            self._refuse(number if row else "-", "wrong" if left else "locked")
            raise SignInRefused(
                "wrong" if left else "locked", wait_seconds=WAITS[MOST_WRONG - left - 1] if left else 0, left=left
            )
        member = Member(number, Role(str(row[0])))
        now = self._clock()
        with self._store.transaction() as tx:
            tx.execute("DELETE FROM staff_tries WHERE number_hash = ?", (self._key(number),))
            journal.append(tx, now, "staff.signed-in", {"by": number, "role": member.role.value, "card": card is not None})
        return member

    def number_of(self, card: bytes) -> str | None:
        """Whose card this is."""
        with self._store.reading() as tx:
            row = tx.row("SELECT number FROM staff WHERE card = ? AND closed = 0", (card,))
        return None if row is None else str(row[0])

    def signed_out(self, member: Member, why: str) -> None:
        """They left: "key" or "idle"."""
        with self._store.transaction() as tx:
            journal.append(tx, self._clock(), "staff.signed-out", {"by": member.number, "why": why})

    def _try(self, number: str) -> int:
        """Count a try before it is looked at; how many wrong ones are left if this is one too. Raises `SignInRefused`."""
        now = self._clock()
        with self._store.transaction() as tx:
            row = tx.row("SELECT wrong, last_at FROM staff_tries WHERE number_hash = ?", (self._key(number),))
            wrong = int(row[0]) if row else 0
            if wrong >= MOST_WRONG:
                raise SignInRefused("locked")
            if row is not None:
                # A last try in the future was written by a clock that has been put back since: the whole wait counts from now.
                passed = max(timedelta(0), now - datetime.fromisoformat(str(row[1])))
                wait = timedelta(seconds=WAITS[wrong - 1]) - passed
                if wait > timedelta(0):
                    raise SignInRefused("wait", wait_seconds=-int(-wait.total_seconds() // 1), left=MOST_WRONG - wrong)
            tx.execute(
                "INSERT INTO staff_tries (number_hash, wrong, last_at) VALUES (?, 1, ?) "
                "ON CONFLICT (number_hash) DO UPDATE SET wrong = wrong + 1, last_at = excluded.last_at",
                (self._key(number), now.isoformat()),
            )
        return MOST_WRONG - wrong - 1

    def _refuse(self, number: str, why: str) -> None:
        with self._store.transaction() as tx:
            # What was typed is not written down where it is nobody's number: it may be somebody's something else.
            journal.append(tx, self._clock(), "staff.refused", {"number": number, "why": why})

    # ---- keeping accounts ------------------------------------------------------------------------------------------------

    def add(self, number: str, role: Role, pin: str, by: str, card: bytes | None = None) -> None:
        """A new account. Raises `AccountError`."""
        if not NUMBER.fullmatch(number):
            raise AccountError("a staff number has letters and digits, at most 16, and is no name")
        hashed = self._cost.hash(_checked(pin))
        try:
            with self._store.transaction() as tx:
                if tx.row("SELECT 1 FROM staff WHERE number = ?", (number,)):
                    raise AccountError(f"number {number} has an account, or had one: the journal knows it")
                tx.execute(
                    "INSERT INTO staff (number, role, pin, card, changed_at) VALUES (?, ?, ?, ?, ?)",
                    (number, role.value, hashed, card, self._clock().isoformat()),
                )
                tx.execute("DELETE FROM staff_tries WHERE number_hash = ?", (self._key(number),))
                journal.append(
                    tx, self._clock(), "staff.added", {"number": number, "role": role.value, "card": card is not None, "by": by}
                )
        except Conflict:
            raise AccountError("this card belongs to another account") from None

    def set_pin(self, number: str, pin: str, by: str) -> None:
        """Another PIN; opens a locked number too. Raises `AccountError`."""
        self._change(number, "pin", self._cost.hash(_checked(pin)), "staff.pin-changed", by)
        self._unlock(number)

    def set_card(self, number: str, card: bytes | None, by: str) -> None:
        """Another card, or none. Raises `AccountError`."""
        try:
            self._change(number, "card", card, "staff.card-changed", by)
        except Conflict:
            raise AccountError("this card belongs to another account") from None

    def unlock(self, number: str, by: str) -> None:
        """Forget the wrong tries. Raises `AccountError`."""
        self._change(number, "closed", 0, "staff.unlocked", by)
        self._unlock(number)

    def close(self, number: str, by: str) -> None:
        """This number opens nothing any more. Raises `AccountError`."""
        self._change(number, "closed", 1, "staff.closed", by)

    def listed(self) -> list[Account]:
        """Every account, by number."""
        with self._store.reading() as tx:
            rows = tx.rows("SELECT number, role, card IS NOT NULL, closed FROM staff ORDER BY number")
            locked = {bytes(row[0]) for row in tx.rows("SELECT number_hash FROM staff_tries WHERE wrong >= ?", (MOST_WRONG,))}
        return [
            Account(str(number), Role(str(role)), bool(card), self._key(str(number)) in locked, bool(closed))
            for number, role, card, closed in rows
        ]

    def _change(self, number: str, column: str, value: str | bytes | int | None, kind: str, by: str) -> None:
        now = self._clock()
        with self._store.transaction() as tx:
            if not tx.row("SELECT 1 FROM staff WHERE number = ? AND closed = 0", (number,)):
                raise AccountError(f"no open account has number {number}")
            tx.execute(f"UPDATE staff SET {column} = ?, changed_at = ? WHERE number = ?", (value, now.isoformat(), number))
            journal.append(tx, now, kind, {"number": number, "by": by})

    def _unlock(self, number: str) -> None:
        with self._store.transaction() as tx:
            tx.execute("DELETE FROM staff_tries WHERE number_hash = ?", (self._key(number),))

    def _nobodys(self) -> str:
        """The hash that a number without an account is held against: it takes as long to say no."""
        self._nobody = self._nobody or self._cost.hash("no PIN has letters")
        return self._nobody

    def _key(self, number: str) -> bytes:
        return self._store.keys.hash(f"staff {number}")


def _is_pin(pin: str, hashed: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(pin.encode(), hashed)
    except InvalidKey:
        return False
    return True


def _checked(pin: str) -> str:
    """Six digits, and not the first ones that anybody tries. Raises `AccountError`."""
    if not re.fullmatch(f"[0-9]{{{PIN_DIGITS}}}", pin):
        raise AccountError(f"a PIN is {PIN_DIGITS} digits")
    steps = {(int(after) - int(before)) % 10 for before, after in itertools.pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        raise AccountError("a PIN of one digit, or of digits in a row, is the first that anybody tries")
    return pin
