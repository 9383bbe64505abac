"""The ledger of issuances: each step of the machine is one transaction that also writes the journal, moves the blank and,
where the platform must hear of it, puts the report into the outbox.

Rows hold identifiers, serials and digests; never a name, a number or an address.

A method that raises has written nothing: the issuance stands where it stood.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from kiosk.issuance import blanks
from kiosk.issuance.blanks import BlankState
from kiosk.issuance.states import FOR_PEOPLE, OPEN, REPORTED, TRANSITIONS, IllegalTransition, State
from kiosk.platform.types import Authorisation, IssuanceOutcome, IssuanceReport
from offline_cache import journal, outbox
from offline_cache.ratchet import Ratchet
from offline_cache.store import Conflict, Store, Transaction

MOST_LEAVES = 24
"""The most pages that a certificate can have, each printed by a job of its own; 0 is the feeding of its blank."""
REPORTS = "/v1/issuance-reports"


class AlreadyOpen(Exception):
    """This certificate has an issuance here that is not at its end, or this authorisation was used before; another may not begin."""


class TwoPeopleNeeded(Exception):
    """An unknown end is settled by two different members of staff who have looked."""


@dataclass(frozen=True, slots=True)
class Issuance:
    """One authorisation and what has become of it."""

    authorisation_id: str
    certificate_id: str
    record_version: int
    kind: str
    case: str
    state: State
    serial: str | None
    page_digest: str | None
    reason: str | None
    evidence: str | None
    expires_at: datetime

    @property
    def guarded_names(self) -> tuple[str, ...]:
        """Every name under which something of it may be known to the once-guard: its feed and its leaves."""
        return tuple(f"{self.authorisation_id}.{number}" for number in range(MOST_LEAVES + 1))

    @property
    def job_name(self) -> str:
        """The print job's title: the authorisation and the leaf; says nothing of anybody."""
        return f"{self.authorisation_id}.1"


BLANK_AFTER: dict[State, BlankState] = {
    State.GIVEN_BACK: BlankState.LOADED,
    State.TAKEN: BlankState.ISSUED,
    State.RETAINED: BlankState.RETAINED,
    State.SPOILED: BlankState.SPOILED,
    State.UNKNOWN: BlankState.QUARANTINED,
}
"""Where an issuance's entering a state leaves its blank."""


class Ledger:
    """All issuances of this terminal.

    Every step blocks until it is on disk. It raises `StoreError` if it is not, and `IllegalTransition` where the machine does not go
    that way from the state on disk, whatever the caller's copy says.
    """

    def __init__(
        self, store: Store, clock: Callable[[], datetime] = lambda: datetime.now(UTC), ratchet: Ratchet | None = None
    ) -> None:
        """`ratchet`: what tells a counter outside of the disk, where the terminal has one; whoever prints needs it."""
        self._store = store
        self._clock = clock
        self._ratchet = ratchet

    def authorised(self, authorisation: Authorisation, kind: str, case: str) -> Issuance:
        """Begin: the platform has granted it, nothing physical has happened.

        Raises `AlreadyOpen`; a new authorisation for a certificate that is open here is given back to the platform first.
        """
        issuance = Issuance(
            authorisation.authorisation_id,
            authorisation.certificate_id,
            authorisation.record_version,
            kind,
            case,
            State.AUTHORISED,
            None,
            None,
            None,
            None,
            authorisation.expires_at,
        )
        now = self._clock()
        try:
            with self._store.transaction() as tx:
                tx.execute(
                    "INSERT INTO issuances (authorisation_id, certificate_id, record_version, kind, case_number, state, expires_at, "
                    "changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        issuance.authorisation_id,
                        issuance.certificate_id,
                        issuance.record_version,
                        kind,
                        case,
                        State.AUTHORISED,
                        issuance.expires_at.isoformat(),
                        now.isoformat(),
                    ),
                )
                self._note(tx, now, issuance)
        except Conflict:
            self._decline(now, issuance)
            raise AlreadyOpen(authorisation.certificate_id) from None
        return issuance

    def reserved(self, issuance: Issuance) -> Issuance:
        """Bind the next blank. Raises `NoBlank`."""
        now = self._clock()
        with self._store.transaction() as tx:
            self._check(tx, issuance, State.RESERVED)
            serial = blanks.reserve_next(tx, now, issuance.kind)
            return self._write(tx, now, replace(issuance, state=State.RESERVED, serial=serial))

    def spooling(self, issuance: Issuance, page_digest: str) -> Issuance:
        """The page is typeset; the job is about to be handed over, after `outrun_copies`."""
        now = self._clock()
        with self._store.transaction() as tx:
            self._check(tx, issuance, State.SPOOLING)
            if self._ratchet:
                self._ratchet.remember(tx)
            return self._write(tx, now, replace(issuance, state=State.SPOOLING, page_digest=page_digest))

    def outrun_copies(self) -> None:
        """From here on no copy of the store from before *spooling* is believed: the last thing before paper moves.

        Also the first thing of an issuance, so that it is known that it can be done. Raises `StoreError`; then nothing may move.
        """
        if self._ratchet:
            self._ratchet.settle()

    def printing(self, issuance: Issuance) -> Issuance:
        """The queue has the job."""
        return self._step(issuance, State.PRINTING)

    def printed(self, issuance: Issuance) -> Issuance:
        """The sheet carries this certificate."""
        return self._step(issuance, State.PRINTED)

    def presented(self, issuance: Issuance) -> Issuance:
        """It lies in the outlet."""
        return self._step(issuance, State.PRESENTED)

    def taken(self, issuance: Issuance, evidence: str) -> Issuance:
        """It is in a hand; `evidence`: "citizen", "sensor" or "staff"."""
        return self._step(issuance, State.TAKEN, evidence=evidence)

    def left(self, issuance: Issuance, reason: str) -> Issuance:
        """Nobody has said that it was taken, and nobody has looked: one of the staff must (`found`)."""
        return self._step(issuance, State.LEFT, reason=reason)

    def retained(self, issuance: Issuance, reason: str) -> Issuance:
        """The unit has drawn it back to where only staff come, and has a sensor that says so."""
        return self._step(issuance, State.RETAINED, reason=reason, evidence="sensor")

    def spoiled(self, issuance: Issuance, reason: str) -> Issuance:
        """The blank is void."""
        return self._step(issuance, State.SPOILED, reason=reason)

    def strayed(self, issuance: Issuance, seen: str, reason: str) -> Issuance:
        """The unit drew in `seen` instead of the bound blank, and put it away: that one is void, and where the bound one lies is unknown."""
        now = self._clock()
        with self._store.transaction() as tx:
            self._check(tx, issuance, State.UNKNOWN)
            if tx.row("SELECT 1 FROM blanks WHERE serial = ? AND state = ?", (seen, BlankState.LOADED)):
                blanks.move(tx, now, seen, BlankState.SPOILED, reason)
                journal.append(tx, now, f"blanks.{BlankState.SPOILED}", {"serial": seen, "reason": reason, "by": "unit"})
            return self._write(tx, now, replace(issuance, state=State.UNKNOWN, reason=f"{reason}; {seen} was drawn in"))

    def unknown(self, issuance: Issuance, reason: str) -> Issuance:
        """Nobody can say what became of the sheet: blank and authorisation are quarantined until two of the staff have looked."""
        return self._step(issuance, State.UNKNOWN, reason=reason)

    def found(self, issuance: Issuance, end: State, by: str) -> Issuance:
        """One of the staff (a number) has looked for a certificate that was left: they hold it (retained), or its holder has it (taken).

        One is enough: the sheet is certainly printed and stays accounted, under the number of whoever answers for it.
        """
        return self._told(issuance, end, State.LEFT, "issuance.found", {"by": by})

    def settled(self, issuance: Issuance, end: State, by: tuple[str, str]) -> Issuance:
        """Two of the staff (their numbers) have looked for the sheet of an unknown issuance: spoiled, retained or taken.

        A sheet that turns out to be unprinted is taken out of its bin and void: nobody can be sure of its place any more.
        Raises `TwoPeopleNeeded`.
        """
        if len({person.strip() for person in by} - {""}) != 2:
            raise TwoPeopleNeeded
        return self._told(issuance, end, State.UNKNOWN, "issuance.settled", {"by": by[0], "and": by[1]})

    def given_back(self, issuance: Issuance, reason: str) -> Issuance:
        """Nothing was printed: the blank is free again, and the platform is told."""
        return self._step(issuance, State.GIVEN_BACK, reason=reason)

    def open(self) -> list[Issuance]:
        """Issuances that are not at their end, oldest first."""
        marks = ", ".join("?" for _ in OPEN)
        with self._store.reading() as tx:
            rows = tx.rows(f"{_SELECT} WHERE state IN ({marks}) ORDER BY changed_at", sorted(OPEN))
        return [_issuance(row) for row in rows]

    def all(self) -> list[Issuance]:
        """Every issuance that was ever begun here, oldest first."""
        with self._store.reading() as tx:
            rows = tx.rows(f"{_SELECT} ORDER BY rowid")
        return [_issuance(row) for row in rows]

    def get(self, authorisation_id: str) -> Issuance | None:
        with self._store.reading() as tx:
            row = tx.row(f"{_SELECT} WHERE authorisation_id = ?", (authorisation_id,))
        return None if row is None else _issuance(row)

    def of_blank(self, serial: str) -> Issuance | None:
        """The issuance to which this blank is bound."""
        with self._store.reading() as tx:
            row = tx.row(f"{_SELECT} WHERE serial = ?", (serial,))
        return None if row is None else _issuance(row)

    # ---- within --------------------------------------------------------------------------------------------------------

    def _step(self, issuance: Issuance, after: State, **change: str) -> Issuance:
        now = self._clock()
        with self._store.transaction() as tx:
            self._check(tx, issuance, after)
            return self._write(tx, now, replace(issuance, state=after, **change))

    def _told(self, issuance: Issuance, end: State, before: State, kind: str, by: dict[str, str]) -> Issuance:
        """Somebody of the staff has looked, and `before` ends by their word."""
        now = self._clock()
        with self._store.transaction() as tx:
            self._check(tx, issuance, end, by_people=before)
            said = {"authorisation": issuance.authorisation_id, "serial": issuance.serial, "end": end.value, **by}
            journal.append(tx, now, kind, said, case=issuance.case)
            return self._write(tx, now, replace(issuance, state=end, evidence="staff"))

    def _check(self, tx: Transaction, issuance: Issuance, after: State, *, by_people: State | None = None) -> None:
        """The row, not the caller's copy, says where the machine is; only people lead out of left and unknown."""
        row = tx.row("SELECT state FROM issuances WHERE authorisation_id = ?", (issuance.authorisation_id,))
        before = State(row[0]) if row else issuance.state
        astray = row is None or before is not issuance.state or after not in TRANSITIONS[before]
        if astray or by_people is not (before if before in FOR_PEOPLE else None):
            raise IllegalTransition(before, after)

    def _decline(self, now: datetime, issuance: Issuance) -> None:
        """Give back an authorisation that cannot be begun. One that was begun before is not: it has its own end."""
        with self._store.transaction() as tx:
            if tx.row("SELECT 1 FROM issuances WHERE authorisation_id = ?", (issuance.authorisation_id,)):
                return
            data = {"authorisation": issuance.authorisation_id, "certificate": issuance.certificate_id}
            journal.append(tx, now, "issuance.declined", data, case=issuance.case)
            give_back_unused(tx, now, issuance.authorisation_id)

    def _write(self, tx: Transaction, now: datetime, issuance: Issuance) -> Issuance:
        serial = issuance.serial
        if serial is not None and issuance.state in BLANK_AFTER:
            blanks.move(tx, now, serial, BLANK_AFTER[issuance.state], issuance.reason)
        # A blank that goes back to its bin may be bound again; the column must be free for that.
        kept = None if issuance.state is State.GIVEN_BACK else serial
        tx.execute(
            "UPDATE issuances SET state = ?, serial = ?, page_digest = ?, reason = ?, evidence = ?, changed_at = ? "
            "WHERE authorisation_id = ?",
            (
                issuance.state,
                kept,
                issuance.page_digest,
                issuance.reason,
                issuance.evidence,
                now.isoformat(),
                issuance.authorisation_id,
            ),
        )
        self._note(tx, now, issuance)
        self._tell(tx, now, issuance)
        return replace(issuance, serial=kept)

    def _note(self, tx: Transaction, now: datetime, issuance: Issuance) -> None:
        data: dict[str, str | int | None] = {
            "authorisation": issuance.authorisation_id,
            "certificate": issuance.certificate_id,
            "version": issuance.record_version,
        }
        for name in ("serial", "page_digest", "reason", "evidence"):
            if (value := getattr(issuance, name)) is not None:
                data[name] = value
        journal.append(tx, now, f"issuance.{issuance.state}", data, case=issuance.case)

    def _tell(self, tx: Transaction, now: datetime, issuance: Issuance) -> None:
        key = _event_key(issuance.authorisation_id, issuance.state)
        if issuance.state is State.GIVEN_BACK:
            outbox.put(tx, now, _return_path(issuance.authorisation_id), b"null", key=key)
        elif outcome := REPORTED.get(issuance.state):
            report = IssuanceReport(
                authorisation_id=issuance.authorisation_id,
                certificate_id=issuance.certificate_id,
                blank_serial=issuance.serial,
                outcome=IssuanceOutcome(outcome),
                page_digest=issuance.page_digest,
                evidence=issuance.evidence,
                happened_at=now,
            )
            outbox.put(tx, now, REPORTS, report.model_dump_json().encode(), key=key)


def event_keys(authorisation_id: str) -> list[str]:
    """Every key under which the platform can be told something of an authorisation."""
    return [_event_key(authorisation_id, state) for state in (*REPORTED, State.GIVEN_BACK)]


def give_back_unused(tx: Transaction, now: datetime, authorisation_id: str) -> None:
    """Tell the platform, once, that nothing was printed under an authorisation that was never begun here and never will be."""
    key = return_key(authorisation_id)
    if not outbox.has(tx, key):
        outbox.put(tx, now, _return_path(authorisation_id), b"null", key=key)


def return_key(authorisation_id: str) -> str:
    """The outbox key under which an authorisation is given back, whoever does it."""
    return _event_key(authorisation_id, State.GIVEN_BACK)


def _event_key(authorisation_id: str, state: State) -> str:
    """An event's key follows from what it says: a store put back to yesterday cannot say it again under another one."""
    return sha256(f"{authorisation_id} {state}".encode()).hexdigest()[:40]


def _return_path(authorisation_id: str) -> str:
    return f"/v1/authorisations/{authorisation_id}/return"


_SELECT = (
    "SELECT authorisation_id, certificate_id, record_version, kind, case_number, state, serial, page_digest, reason, evidence, "
    "expires_at FROM issuances"
)


def _issuance(row: tuple[object, ...]) -> Issuance:
    authorisation_id, certificate_id, version, kind, case, state, serial, digest, reason, evidence, expires_at = row
    return Issuance(
        str(authorisation_id),
        str(certificate_id),
        int(str(version)),
        str(kind),
        str(case),
        State(str(state)),
        None if serial is None else str(serial),
        None if digest is None else str(digest),
        None if reason is None else str(reason),
        None if evidence is None else str(evidence),
        datetime.fromisoformat(str(expires_at)),
    )
