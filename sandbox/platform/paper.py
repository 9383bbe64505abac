"""The paper part of the registration core: who may print what, once, and what became of every blank.

One authorisation a certificate is unresolved at a time, over all terminals. Expiry does not resolve it: whoever has it may have
printed under it and be out of reach. It ends by the terminal's word (returned, or a report), or by two of the registry's staff who
know better (`resolve`); only then may there be another.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kiosk.platform.types import Authorisation, Availability, Blank, IssuanceOutcome, IssuanceReport
from kiosk.registration.trust import Purpose
from sandbox.registry import Identity, sign_map

AUTHORISATION = timedelta(minutes=20)
OPEN, RETURNED, RESOLVED = "open", "returned", "resolved"

PRINTED = (IssuanceOutcome.LEFT, IssuanceOutcome.TAKEN, IssuanceOutcome.RETAINED)
"""Outcomes that say that there is a paper."""

_NOT_YET = (IssuanceOutcome.LEFT, IssuanceOutcome.UNKNOWN)
"""Outcomes after which another report follows."""

_BLANK_AFTER = {
    IssuanceOutcome.LEFT: "used",
    IssuanceOutcome.TAKEN: "used",
    IssuanceOutcome.RETAINED: "used",
    IssuanceOutcome.SPOILED: "void",
    IssuanceOutcome.UNKNOWN: "unknown",
}


class Problem(Exception):
    """A refusal in RFC 9457 terms: `code` ends the type URI, `facts` are extension members."""

    def __init__(self, code: str, status: int, **facts: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.facts = facts


@dataclass(slots=True)
class Grant:
    """One authorisation as the platform keeps it.

    `state` is open, returned, resolved (by the registry's staff) or the reported outcome. `appointment`: the appointment for which it
    was granted beforehand. `asked_under`: the idempotency key of the request that got it last.
    """

    authorisation: Authorisation
    state: str = OPEN
    report: IssuanceReport | None = None
    appointment: bytes | None = None
    asked_under: str | None = None

    def late(self, now: datetime) -> bool:
        """Nobody may begin under it any more, but nobody has said what became of it either."""
        return self.state == OPEN and now > self.authorisation.expires_at


@dataclass(slots=True)
class Paper:
    """Authorisations, blanks and reports. Not thread-safe: the core's lock is around it."""

    signer: Identity
    clock: Callable[[], datetime]
    blanks: dict[str, Blank] = field(default_factory=dict[str, Blank])
    blank_terminal: dict[str, str] = field(default_factory=dict[str, str])
    grants: dict[str, Grant] = field(default_factory=dict[str, Grant])
    reports: list[IssuanceReport] = field(default_factory=list[IssuanceReport])
    disputes: list[IssuanceReport] = field(default_factory=list[IssuanceReport])
    """Reports of what was printed under an authorisation that had been ended otherwise: staff must look."""
    superseded: set[str] = field(default_factory=set[str])
    """Certificates that were printed from a version of the record that was no longer the newest."""
    withdrawn: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    # ---- authorisations ------------------------------------------------------------------------------------------------

    def unresolved(self, certificate_id: str) -> Grant | None:
        """The open grant for this certificate, also when it is late."""
        grants = self.grants.values()
        return next((g for g in grants if g.state == OPEN and g.authorisation.certificate_id == certificate_id), None)

    def availability(self, certificate_id: str, terminal_id: str) -> Availability | None:
        """What stands against printing this certificate at this terminal, as far as paper is concerned."""
        for grant in self.grants.values():
            if grant.authorisation.certificate_id != certificate_id:
                continue
            if grant.state in PRINTED:
                return Availability.FROZEN if certificate_id in self.superseded else Availability.PRINTED
            if grant.state == IssuanceOutcome.UNKNOWN.value:
                return Availability.FROZEN
            if grant.state != OPEN:
                continue
            if grant.late(self.clock()):
                return Availability.UNRESOLVED
            if grant.authorisation.terminal_id != terminal_id:
                return Availability.AUTHORISED_ELSEWHERE if grant.appointment is None else Availability.KEPT_FOR_APPOINTMENT
        return None

    def refuse_withdrawn(self, terminal_id: str, request_key: str) -> None:
        """A request that its terminal has taken back grants nothing any more, however late it arrives."""
        if (terminal_id, request_key) in self.withdrawn:
            raise Problem("request-withdrawn", 409)

    def authorise(self, terminal_id: str, certificate_id: str, record_version: int, request_key: str) -> Authorisation:
        """Grant it; what was granted to this terminal beforehand for this version is used up now."""
        grant = self.unresolved(certificate_id)
        if grant is None:
            return self.grant(secrets.token_hex(16), certificate_id, record_version, terminal_id, asked_under=request_key)
        old = grant.authorisation
        if grant.appointment is None or (old.terminal_id, old.record_version) != (terminal_id, record_version):
            raise Problem("already-authorised", 409)
        grant.asked_under = request_key
        return self._renewed(grant, self.clock() + AUTHORISATION)

    def renew(self, terminal_id: str, authorisation_id: str, newest_version: int) -> Authorisation:
        grant = self.granted(terminal_id, authorisation_id)
        if grant.state != OPEN:
            raise Problem("authorisation-closed", 409)
        if grant.late(self.clock()):
            raise Problem("authorisation-expired", 409)
        if grant.authorisation.record_version != newest_version:
            raise Problem("record-changed", 409)
        return self._renewed(grant, self.clock() + AUTHORISATION)

    def give_back(self, terminal_id: str, authorisation_id: str) -> None:
        self._returned(self.granted(terminal_id, authorisation_id))

    def withdraw_request(self, terminal_id: str, request_key: str) -> None:
        """Whatever this request got is given back; if it has not arrived yet, it gets nothing."""
        for grant in self.grants.values():
            if grant.authorisation.terminal_id == terminal_id and grant.asked_under == request_key:
                self._returned(grant)
        self.withdrawn.add((terminal_id, request_key))

    def resolve(self, authorisation_id: str, by: tuple[str, str]) -> None:
        """Two of the registry's staff end what its terminal cannot or must not end: it is lost, or its sheet was destroyed."""
        grant = self.grants[authorisation_id]
        if len(set(by)) != 2 or grant.state not in (OPEN, *_NOT_YET):
            raise Problem("authorisation-closed", 409)
        grant.state = RESOLVED

    def grant(self, authorisation_id: str, certificate_id: str, version: int, terminal_id: str, *, lasts_until: datetime | None = None,
              appointment: bytes | None = None, asked_under: str | None = None) -> Authorisation:  # fmt: skip
        """A new, signed authorisation."""
        expires_at = (lasts_until or self.clock() + AUTHORISATION).replace(microsecond=0)
        authorisation = self._signed(authorisation_id, certificate_id, version, terminal_id, expires_at)
        self.grants[authorisation_id] = Grant(authorisation, appointment=appointment, asked_under=asked_under)
        return authorisation

    def granted(self, terminal_id: str, authorisation_id: str) -> Grant:
        grant = self.grants.get(authorisation_id)
        if grant is None or grant.authorisation.terminal_id != terminal_id:
            raise Problem("unknown-authorisation", 404)
        return grant

    def _returned(self, grant: Grant) -> None:
        if grant.state not in (OPEN, RETURNED):
            raise Problem("authorisation-closed", 409)
        grant.state = RETURNED

    def _renewed(self, grant: Grant, until: datetime) -> Authorisation:
        old = grant.authorisation
        until = max(old.expires_at, until.replace(microsecond=0))
        grant.authorisation = self._signed(old.authorisation_id, old.certificate_id, old.record_version, old.terminal_id, until)
        return grant.authorisation

    def _signed(
        self, authorisation_id: str, certificate_id: str, version: int, terminal_id: str, until: datetime
    ) -> Authorisation:
        content = {
            "authorisation_id": authorisation_id,
            "certificate_id": certificate_id,
            "record_version": version,
            "terminal_id": terminal_id,
            "expires_at": until.isoformat(),
        }
        return Authorisation(
            authorisation_id=authorisation_id,
            certificate_id=certificate_id,
            record_version=version,
            terminal_id=terminal_id,
            expires_at=until,
            token=sign_map(Purpose.AUTHORISATION, content, self.signer),
        )

    # ---- what became of it ---------------------------------------------------------------------------------------------

    def report(self, terminal_id: str, report: IssuanceReport, newest_version: Callable[[], int]) -> Grant:
        """Take note of an end, however late it is told. Returns the grant that it ended."""
        grant = self.granted(terminal_id, report.authorisation_id)
        if grant.authorisation.certificate_id != report.certificate_id:
            raise Problem("report-other-certificate", 409)
        if grant.state in (RETURNED, RESOLVED):
            self.disputes.append(report)
            raise Problem("authorisation-closed", 409)
        before = grant.report.outcome if grant.report else None
        if before not in (None, IssuanceOutcome.UNKNOWN, report.outcome) and (
            before is not IssuanceOutcome.LEFT or report.outcome not in PRINTED
        ):
            raise Problem("already-reported", 409)
        if report.blank_serial is not None:
            self._mark_blank(terminal_id, report.blank_serial, report.outcome)
        grant.state, grant.report = report.outcome.value, report
        if report.outcome in PRINTED and grant.authorisation.record_version != newest_version():
            self.superseded.add(report.certificate_id)
        self.reports.append(report)
        return grant

    def blanks_of(self, terminal_id: str) -> list[Blank]:
        return [blank for serial, blank in self.blanks.items() if self.blank_terminal[serial] == terminal_id]

    def issue_blanks(self, terminal_id: str, serials: Iterable[str], kind: str) -> None:
        for serial in serials:
            self.blanks[serial] = Blank(serial=serial, kind="proof" if kind == "proof" else "title", state="issued")
            self.blank_terminal[serial] = terminal_id

    def _mark_blank(self, terminal_id: str, serial: str, outcome: IssuanceOutcome) -> None:
        blank = self.blanks.get(serial)
        if blank is None or self.blank_terminal[serial] != terminal_id:
            raise Problem("unknown-blank", 409)
        after = _BLANK_AFTER[outcome]
        if blank.state not in ("issued", "unknown", after):
            raise Problem("blank-used", 409)
        self.blanks[serial] = blank.model_copy(update={"state": after})
