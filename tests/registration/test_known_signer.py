"""A signer that was believed once is judged anew each time: by the clock, and by the newest revocation list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kiosk.registration.trust import Anchors, RevocationUnknown, SignerInvalid, SignerRevoked, SignerUnknown, verify
from sandbox.people import PEOPLE
from sandbox.platform.records import RecordOffice
from sandbox.registry import Authority

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CASE = PEOPLE[0].cases[0]


def test_what_is_remembered_of_a_signer_is_only_who_issued_it() -> None:
    authority = Authority("Registry", NOW)
    signer = authority.issue("Registry signer", days=5)
    record = RecordOffice(authority, signer, lambda: NOW).record(CASE)
    roots = (authority.root.certificate,)
    anchors = Anchors(roots, crls=(authority.crl(NOW),))
    for _ in range(2):
        assert verify(record, anchors, NOW).number == CASE.number
    with pytest.raises(SignerInvalid):
        verify(record, anchors, NOW + timedelta(days=6))
    with pytest.raises(RevocationUnknown):
        verify(record, Anchors(roots), NOW)
    authority.revoke(signer, NOW)
    with pytest.raises(SignerRevoked):
        verify(record, Anchors(roots, crls=(authority.crl(NOW),)), NOW)


def test_a_stranger_with_the_same_name_stays_one() -> None:
    authority, stranger = Authority("Registry", NOW), Authority("Registry", NOW)
    anchors = Anchors((authority.root.certificate,), crls=(authority.crl(NOW),))
    for _ in range(2):
        with pytest.raises(SignerUnknown):
            verify(RecordOffice(stranger, stranger.issue("Registry signer"), lambda: NOW).record(CASE), anchors, NOW)
