"""Who is believed, and when: chains, key roll-over, revocation lists, clocks, and codes on papers that are years old."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from kiosk.registration.chains import Anchors, Policy, RecordUntrusted
from kiosk.registration.claims import CONFIRMED, claims_of
from kiosk.registration.trust import Purpose, key_id, verify, verify_code, verify_message, verify_time
from sandbox.registry import Authority, Identity, sign_map
from tests.registration.registry import CASE, NOW, Registry, years


@pytest.fixture
def registry() -> Registry:
    return Registry.founded()


def refused(registry: Registry, data: bytes, anchors: Anchors | None = None, policy: Policy | None = None) -> str:
    with pytest.raises(RecordUntrusted) as distrust:
        verify(data, anchors or registry.anchors(), NOW, policy or Policy())
    said = f"{distrust.value!r} {distrust.value}"
    assert "张" not in said
    assert CASE.number not in said
    return distrust.value.code


def test_what_the_registry_signed_is_what_the_terminal_gets(registry: Registry) -> None:
    registration = registry.verify(registry.record())
    assert registration.number == CASE.number
    assert registration.holders[0].name == "张建国"


def test_another_registry_with_the_same_name_is_another(registry: Registry) -> None:
    assert refused(registry, Registry.founded().record()) == "chain"


def test_after_a_key_roll_over_old_and_new_signers_count(registry: Registry) -> None:
    new = registry.authority.issue("Registry signer 2027")
    assert registry.verify(registry.record()) and registry.verify(registry.record(new))


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"signs": False}, "key-usage"),
        ({"days": 10, "since": NOW - timedelta(days=20)}, "expired"),
        ({"since": NOW + timedelta(days=1)}, "not-yet-valid"),
        ({"server": True}, "key-usage"),
        ({"client": True}, "key-usage"),
        ({"more": [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False)]}, "key-usage"),
        ({"more": [(x509.NameConstraints([x509.DNSName("example.com")], None), True)]}, "critical-extension"),
    ],
)
def test_a_certificate_that_is_not_for_signing_records_now(registry: Registry, how: dict[str, Any], code: str) -> None:
    assert refused(registry, registry.record(registry.authority.issue("Other signer", **how))) == code


def test_a_signer_is_not_an_authority(registry: Registry) -> None:
    assert refused(registry, registry.record(registry.authority.root)) == "key-usage"
    posing = Identity(registry.signer.certificate, Authority("x", NOW).root.key)
    assert refused(registry, registry.record(posing)) == "signature"


# ---- revocation lists ------------------------------------------------------------------------------------------------------


def test_a_revoked_signer_whatever_the_reason(registry: Registry) -> None:
    data = registry.record()
    registry.authority.revoke(registry.signer, NOW - timedelta(minutes=1), x509.ReasonFlags.superseded)
    assert refused(registry, data) == "revoked"


def test_without_a_current_list_nobody_is_believed(registry: Registry) -> None:
    data, bare = registry.record(), registry.anchors()
    assert refused(registry, data, Anchors(bare.roots)) == "crl-missing"
    old = registry.authority.crl(NOW - timedelta(days=8))
    assert refused(registry, data, registry.anchors(old)) == "crl-stale"
    assert refused(registry, data, registry.anchors(registry.authority.crl(NOW + timedelta(hours=1)))) == "crl-stale"
    assert refused(registry, data, registry.anchors(Registry.founded().authority.crl(NOW))) == "crl-missing"


def test_a_list_counts_until_its_next_update_give_or_take_the_clocks(registry: Registry) -> None:
    data, lists = registry.record(), registry.anchors(registry.authority.crl(NOW, days=1))
    assert verify(data, lists, NOW + timedelta(days=1, minutes=1))
    with pytest.raises(RecordUntrusted, match="crl-stale"):
        verify(data, lists, NOW + timedelta(days=1, minutes=3))


def test_an_old_list_kept_beside_the_new_one_hides_nothing(registry: Registry) -> None:
    data, old = registry.record(), registry.authority.crl(NOW - timedelta(hours=2))
    registry.authority.revoke(registry.signer, NOW)
    assert verify(data, registry.anchors(old), NOW)
    assert refused(registry, data, registry.anchors(old, registry.authority.crl(NOW))) == "revoked"
    assert refused(registry, data, registry.anchors(registry.authority.crl(NOW), old)) == "revoked"


def test_a_list_of_changes_is_not_taken_for_a_whole_one(registry: Registry) -> None:
    partial = registry.authority.crl(NOW, more=[(x509.DeltaCRLIndicator(1), True)])
    assert refused(registry, registry.record(), registry.anchors(partial)) == "crl-missing"


# ---- content ---------------------------------------------------------------------------------------------------------------


def test_a_record_with_the_code_of_another_is_not_printed(registry: Registry) -> None:
    code = registry.office.content(CASE, registry.signer)["code"]
    assert refused(registry, registry.record(version=2, code=code)) == "code-of-another-record"
    stranger = Registry.founded()
    foreign = stranger.office.content(CASE, stranger.signer)["code"]
    assert refused(registry, registry.record(code=foreign)) == "key-id"


@pytest.mark.parametrize(
    "changes", [{"unknown": 1}, {"version": 0}, {"title": None}, {"number": ""}, {"holders": []}, {"code": None}, {"seal": 7}]
)
def test_missing_and_unknown_fields(registry: Registry, changes: dict[str, Any]) -> None:
    assert refused(registry, registry.record(**changes)) == "record-fields"


def test_a_message_is_never_taken_for_one_of_another_purpose(registry: Registry) -> None:
    data = registry.record()
    for purpose in set(Purpose) - {Purpose.RECORD}:
        with pytest.raises(RecordUntrusted, match="wrong-purpose"):
            verify_message(data, purpose, registry.anchors(), NOW)


def test_a_wrong_clock_is_found_out_by_the_signed_time(registry: Registry) -> None:
    token = sign_map(Purpose.TIME, {"time": NOW.isoformat()}, registry.signer)
    assert verify_time(token, registry.anchors(), NOW - years(3)) == years(3)
    assert verify_time(token, registry.anchors(), NOW + years(9)) == -years(9)


# ---- papers that are years old ---------------------------------------------------------------------------------------------


def test_a_paper_is_believed_long_after_its_signers_certificate_has_run_out() -> None:
    registry = Registry.founded(days=100)
    code = registry.verify(registry.record()).code
    later = NOW + years(8)
    claims = verify_code(code, registry.anchors(registry.authority.crl(later)), later)
    assert (claims.number, claims.registered_on) == (CASE.number, date(2024, 6, 18))


def test_a_code_cannot_be_dated_to_when_its_signer_was_no_signer(registry: Registry) -> None:
    content = registry.office.content(CASE, registry.signer)
    for moment, why in ((NOW - years(2), "not-yet-valid"), (NOW + years(2), "code-from-the-future")):
        code = sign_map(Purpose.CODE, claims_of(content, salt=bytes(8), signed_at=moment), registry.signer, by_key_id=True)
        with pytest.raises(RecordUntrusted, match=why):
            verify_code(code, registry.anchors(), NOW)


@pytest.mark.parametrize(
    ("reason", "believed"),
    [
        (x509.ReasonFlags.superseded, True),
        (x509.ReasonFlags.cessation_of_operation, True),
        (x509.ReasonFlags.key_compromise, False),
        (None, False),
    ],
)
def test_what_a_retired_signer_signed_stands_what_a_stolen_key_signed_falls(
    registry: Registry, reason: x509.ReasonFlags | None, believed: bool
) -> None:
    code = registry.verify(registry.record()).code
    registry.authority.revoke(registry.signer, NOW + years(1), reason)
    later = NOW + years(2)
    anchors = registry.anchors(registry.authority.crl(later))
    if believed:
        assert verify_code(code, anchors, later)
        return
    with pytest.raises(RecordUntrusted, match="revoked"):
        verify_code(code, anchors, later)


def test_the_holder_is_confirmed_by_name_and_number_together(registry: Registry) -> None:
    claims = verify_code(registry.verify(registry.record()).code, registry.anchors(), NOW)
    assert claims.holders == ("张**",)
    assert claims.is_held_by("张建国", "411521197803154416")
    assert not claims.is_held_by("张建国", "411521197803154417")
    assert not claims.is_held_by("张建", "国411521197803154416")


def test_the_code_stays_coarse_however_much_the_record_says(registry: Registry) -> None:
    holders = [
        {"name": f"买买提·艾力{index}", "document": "身份证", "number": f"{index:018d}", "share": "1/40"} for index in range(40)
    ]
    title = CASE.content | {"holders": holders, "area": "面" * 400, "right_type": "权" * 400}
    content = registry.office.content(CASE, registry.signer) | {"title": title}
    claims = claims_of(content, salt=bytes(8), signed_at=NOW, serial="41002186357")
    code = sign_map(Purpose.CODE, claims, registry.signer, by_key_id=True)
    assert len(code) <= 750
    read = verify_code(code, registry.anchors(), NOW)
    assert (read.holder_count, len(read.holders), len(read.holder_hashes)) == (40, 3, CONFIRMED)
    assert read.area.endswith("…")
    assert read.serial == "41002186357"
    assert read.is_held_by("买买提·艾力11", f"{11:018d}")


def test_the_signer_in_a_small_code_is_named_by_its_key(registry: Registry) -> None:
    assert registry.anchors().by_key_id[key_id(registry.signer.certificate)] == registry.signer.certificate
