"""SM2 with SM3 as the standards print it, as OpenSSL makes it, and as the registry would use it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from kiosk.registration.chains import Anchors, Policy
from kiosk.registration.cose import Algorithm, Header, decode
from kiosk.registration.keys import is_issued_by, is_list_of, key_id, public_key
from kiosk.registration.sm2 import Sm2PrivateKey, Sm2PublicKey
from kiosk.registration.trust import SignatureWrong, SignerRevoked, SignerUnknown, verify, verify_code
from tests.registration.registry import NOW, Registry

SECRET = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
POINT = bytes.fromhex(
    "04"
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
SIGNATURE = bytes.fromhex(
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)
"""GB/T 32918.5-2017, annex A.2: "message digest", signed under the id 1234567812345678 (GM/T 0009, section 10)."""


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.founded(sm2=True)


def test_the_standards_example() -> None:
    assert Sm2PrivateKey(SECRET).public_key().point == POINT
    key = Sm2PublicKey.from_point(POINT)
    assert key.verify(SIGNATURE, b"message digest")
    assert not key.verify(SIGNATURE, b"message digesT")
    assert not key.verify(SIGNATURE[:-1], b"message digest")
    assert not key.verify(bytes(64), b"message digest")


def test_sm3_of_the_standard() -> None:
    """GB/T 32905-2016, annex A.1."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(b"abc")
    assert digest.finalize().hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


@pytest.mark.parametrize(
    "point", [b"", POINT[:-1], POINT + b"\0", b"\2" + POINT[1:], POINT[:-1] + b"\x14", b"\4" + b"\xff" * 64, b"\0" * 65]
)
def test_what_is_no_point_is_no_key(point: bytes) -> None:
    with pytest.raises(ValueError, match="not a point"):
        Sm2PublicKey.from_point(point)


def test_a_record_in_sm2_is_believed_and_named_so_in_the_data(registry: Registry) -> None:
    data = registry.record()
    assert decode(data).protected[Header.ALG] == Algorithm.SM2_SM3
    registration = registry.verify(data)
    assert verify_code(registration.code, registry.anchors(), NOW).number == registration.number


def test_a_terminal_may_be_told_to_take_one_family_only(registry: Registry) -> None:
    with pytest.raises(SignatureWrong, match="algorithm"):
        registry.verify(registry.record(), policy=Policy(algorithms=frozenset({Algorithm.ES256.value})))


def test_an_sm2_signer_that_was_revoked(registry: Registry) -> None:
    other = Registry.founded(sm2=True)
    data = other.record()
    other.authority.revoke(other.signer, NOW)
    with pytest.raises(SignerRevoked):
        other.verify(data)
    with pytest.raises(SignerUnknown):
        verify(registry.record(), Anchors(other.anchors().roots, (), other.anchors().crls), NOW)


def test_openssl_believes_our_certificates_and_we_believe_its(registry: Registry, tmp_path: Path) -> None:
    def openssl(*words: str) -> str:
        return subprocess.run(["openssl", *words], cwd=tmp_path, capture_output=True, check=True, text=True, timeout=60).stdout

    ours = registry.authority
    (tmp_path / "root.pem").write_bytes(ours.root.certificate_pem)
    (tmp_path / "signer.pem").write_bytes(registry.signer.certificate_pem)
    days = ("-attime", str(int(NOW.timestamp())), "-vfyopt", "distid:1234567812345678")
    assert "signer.pem: OK" in openssl("verify", "-CAfile", "root.pem", *days, "signer.pem")

    openssl("ecparam", "-genkey", "-name", "SM2", "-out", "ca.key")
    openssl(*"req -new -x509 -sm3 -key ca.key -subj /CN=ca -days 30 -out ca.pem -sigopt distid:1234567812345678".split())
    theirs = x509.load_pem_x509_certificate((tmp_path / "ca.pem").read_bytes())
    assert isinstance(public_key(theirs), Sm2PublicKey)
    assert is_issued_by(theirs, theirs)
    assert not is_issued_by(theirs, ours.root.certificate)
    assert not is_list_of(ours.crl(NOW), theirs)


def test_the_key_id_is_over_the_whole_public_key_info(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "signer.pem").write_bytes(registry.signer.certificate_pem)
    pem = subprocess.run(
        ["openssl", "x509", "-in", "signer.pem", "-noout", "-pubkey"], cwd=tmp_path, capture_output=True, check=True, timeout=60
    ).stdout
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-outform", "DER"], input=pem, capture_output=True, check=True, timeout=60
    ).stdout
    digest = hashes.Hash(hashes.SHA256())
    digest.update(der)
    assert key_id(registry.signer.certificate) == digest.finalize()[:8]
