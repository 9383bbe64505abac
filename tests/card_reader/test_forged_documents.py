"""What a forger brings: certificates that are not for documents, signers that were taken back, objects whose parts were exchanged; and what honest
states write otherwise than the standard.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from peripherals.card_reader.apdu import CommandApdu, ResponseApdu, StatusWord
from peripherals.card_reader.documents import travel_document
from peripherals.card_reader.emrtd import CountrySigners, MachineReadableZone, TravelAccess
from peripherals.card_reader.emrtd.certificates import is_signed_by, public_key
from peripherals.card_reader.emrtd.country_signers import CountrySignersWrong, StateSigners
from peripherals.card_reader.emrtd.security_object import LDS_SECURITY_OBJECT, LdsSecurityObject, SecurityObject
from peripherals.card_reader.emrtd.tlv import encode_tlv, only
from peripherals.card_reader.faults import DocumentUnproven, ZoneOfAnother
from sandbox.devices.travel_document import State, TravelDocumentChip, Traveller
from tests.card_reader.conftest import TODAY
from tests.fuzz.parsers import DirectChannel

GROUPS = {1: b"one", 11: b"eleven"}
NOW = datetime.now(UTC)
DIGITAL_SIGNATURE = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
MASTER_LISTS = x509.ObjectIdentifier("2.23.136.1.1.3")
CHAN = Traveller("CHAN<<TAI<MAN", "H12345678", "陳<<大文")
STATE = State("CHN")


def certificate(
    state: State, *extensions: tuple[x509.ExtensionType, bool], issuer: x509.Name | None = None, serial: int = 4711
) -> x509.Certificate:
    """What the state's authority writes for its signer's key."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Made-up document signer")]))
        .issuer_name(issuer or state.authority.subject)
        .public_key(state._signer_key.public_key())  # pyright: ignore[reportPrivateUsage]
        .serial_number(serial)
        .not_valid_before(NOW - timedelta(days=9))
        .not_valid_after(NOW + timedelta(days=9))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(state._key, SHA256())  # pyright: ignore[reportPrivateUsage]


def authority(key: ec.EllipticCurvePrivateKey, name: x509.Name, *, days: int = 99, serial: int = 1) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(NOW - timedelta(days=400))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(True, 0), True)
        .sign(key, SHA256())
    )


def revoking(key: ec.EllipticCurvePrivateKey, name: x509.Name, serial: int) -> x509.CertificateRevocationList:
    entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW).build()
    builder = x509.CertificateRevocationListBuilder().issuer_name(name).last_update(NOW).next_update(NOW)
    return builder.add_revoked_certificate(entry).sign(key, SHA256())


def signed_by(state: State, signer: x509.Certificate) -> SecurityObject:
    state.signer = signer
    return SecurityObject(state.security_object(GROUPS))


def named(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


def loaded(directory: Path, *parts: x509.Certificate | x509.CertificateRevocationList) -> StateSigners:
    (directory / "CHN.pem").write_bytes(b"".join(part.public_bytes(Encoding.PEM) for part in parts))
    return CountrySigners.load(directory).states["CHN"]


# ---- certificates that are not for documents -------------------------------------------------------------------------


@pytest.mark.parametrize("critical", [True, False])
@pytest.mark.parametrize("purpose", [MASTER_LISTS, ExtendedKeyUsageOID.SERVER_AUTH])
def test_what_the_authority_gave_for_something_else_signs_no_documents(purpose: x509.ObjectIdentifier, critical: bool) -> None:
    """Doc 9303-12: the same authority certifies who signs master lists, deviation lists, bar codes, and its own web servers."""
    state = State("CHN")
    signer = certificate(state, (DIGITAL_SIGNATURE, True), (x509.ExtendedKeyUsage([purpose]), critical))
    with pytest.raises(DocumentUnproven, match="another purpose"):
        signed_by(state, signer).verify(GROUPS, StateSigners((state.authority,)), NOW)


@pytest.mark.parametrize(
    ("extensions", "says"),
    [
        ((), "extensions"),
        (((DIGITAL_SIGNATURE, True), (x509.BasicConstraints(True, 0), True)), "an authority's certificate"),
        (((DIGITAL_SIGNATURE, True), (x509.InhibitAnyPolicy(0), True)), "a critical extension"),
    ],
)
def test_certificates_that_sign_no_documents(extensions: tuple[tuple[x509.ExtensionType, bool], ...], says: str) -> None:
    state = State("CHN")
    with pytest.raises(DocumentUnproven, match=says):
        signed_by(state, certificate(state, *extensions)).verify(GROUPS, StateSigners((state.authority,)), NOW)


def test_a_certificate_over_a_broken_digest_does_not_count(tmp_path: Path) -> None:
    state = State("CHN")
    key = state._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # pyright: ignore[reportPrivateUsage]
    (tmp_path / "ca.key").write_bytes(key)
    (tmp_path / "ca.pem").write_bytes(state.authority.public_bytes(Encoding.PEM))
    key = state._signer_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # pyright: ignore[reportPrivateUsage]
    (tmp_path / "key").write_bytes(key)
    (tmp_path / "usage").write_text("keyUsage = critical, digitalSignature\n")
    for digest, holds in (("sha256", True), ("sha1", False)):
        request = ["openssl", "req", "-new", "-key", "key", "-subj", "/CN=signer", "-out", "csr"]
        sign = ["openssl", "x509", "-req", "-in", "csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "7", "-days", "9"]
        sign += [f"-{digest}", "-extfile", "usage", "-out", "signer"]
        for command in (request, sign):
            subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        signer = x509.load_pem_x509_certificate((tmp_path / "signer").read_bytes())
        assert is_signed_by(signer, state.authority) is holds
    with pytest.raises(DocumentUnproven, match="none of the state's authorities"):
        signed_by(state, signer).verify(GROUPS, StateSigners((state.authority,)), datetime.now(UTC))


# ---- signers that were taken back ------------------------------------------------------------------------------------


def test_a_signer_stays_revoked_under_every_name_of_its_authority(tmp_path: Path) -> None:
    """The authority took another name and another key; its list speaks for what it issued before."""
    state = State("CHN")
    signer = certificate(state, (DIGITAL_SIGNATURE, True))
    key, name = ec.generate_private_key(ec.SECP256R1()), named((NameOID.COUNTRY_NAME, "CN"), (NameOID.COMMON_NAME, "CSCA 2"))
    signers = loaded(tmp_path, state.authority, authority(key, name), revoking(key, name, signer.serial_number))
    with pytest.raises(DocumentUnproven, match="revoked"):
        signed_by(state, signer).verify(GROUPS, signers, NOW)


def test_an_authority_that_was_taken_back_vouches_for_nobody(tmp_path: Path) -> None:
    state, name = State("CHN"), STATE.authority.subject
    old, key = STATE._key, ec.generate_private_key(ec.SECP256R1())  # pyright: ignore[reportPrivateUsage]
    list_ = revoking(key, name, STATE.authority.serial_number)
    signers = loaded(tmp_path, STATE.authority, authority(key, name), list_)
    with pytest.raises(DocumentUnproven, match="none of the state's authorities"):
        SecurityObject(STATE.security_object(GROUPS)).verify(GROUPS, signers, NOW)
    with pytest.raises(CountrySignersWrong, match="every authority in it was taken back"):
        loaded(tmp_path, STATE.authority, revoking(old, name, STATE.authority.serial_number))
    # Numbers of authorities are small: another authority's number says nothing of this one.
    assert loaded(tmp_path, authority(key, state.authority.issuer), state.authority, list_).authorities


# ---- objects whose parts were exchanged ------------------------------------------------------------------------------


def changed(sod: bytes, change: Callable[[Any], object]) -> bytes:
    """The same object with something of its SignedData changed, encoded anew."""
    info = cms.ContentInfo.load(only(0x77, sod))
    change(info["content"])
    return encode_tlv(0x77, info.dump(force=True))


def _content(numbers: list[int]) -> bytes:
    hashes = [{"number": number, "digest": bytes(32)} for number in numbers]
    return LdsSecurityObject({"version": 0, "hash_algorithm": {"algorithm": "sha256"}, "hashes": hashes}).dump()


def _signer(signed: Any) -> Any:
    return signed["signer_infos"][0]


def _attribute_again(signed: Any) -> None:
    attributes = _signer(signed)["signed_attrs"]
    digest = next(each for each in attributes if each["type"].native == "message_digest")
    attributes.append(cms.CMSAttribute({"type": "message_digest", "values": [digest["values"][0].native]}))


def _without_attributes(signed: Any) -> None:
    del _signer(signed)["signed_attrs"]


def _without_certificates(signed: Any) -> None:
    del signed["certificates"]


def _other_content(signed: Any) -> None:
    signed["encap_content_info"]["content"] = _content([1, 11])


def _another_signature(signed: Any) -> None:
    signed["signer_infos"].append(_signer(signed).copy())


def _other_digest(signed: Any) -> None:
    _signer(signed)["digest_algorithm"] = {"algorithm": "sha512"}


def _salt_without_end(signed: Any) -> None:
    _signer(signed)["signature_algorithm"]["parameters"]["salt_length"] = 2**80


def _mask_of_another_digest(signed: Any) -> None:
    mask = {"algorithm": "mgf1", "parameters": {"algorithm": "sha512"}}
    _signer(signed)["signature_algorithm"]["parameters"]["mask_gen_algorithm"] = mask


PSS = State("CHN", scheme="pss")


@pytest.mark.parametrize(
    "change",
    [
        _attribute_again,
        _without_attributes,
        _without_certificates,
        _other_content,
        _another_signature,
        _other_digest,
        _salt_without_end,
        _mask_of_another_digest,
    ],
)
def test_an_object_put_together_anew_proves_nothing(change: Callable[[Any], object]) -> None:
    sod, signers = PSS.security_object(GROUPS), StateSigners((PSS.authority,))
    SecurityObject(changed(sod, lambda signed: signed)).verify(GROUPS, signers, datetime.now(UTC))
    with pytest.raises(DocumentUnproven):
        SecurityObject(changed(sod, change)).verify(GROUPS, signers, datetime.now(UTC))


def test_a_group_that_is_named_twice_or_bytes_behind_prove_nothing() -> None:
    def twice(signed: Any) -> None:
        signed["encap_content_info"]["content"] = _content([1, 1])

    sod = STATE.security_object(GROUPS)
    for forged in (changed(sod, twice), sod + b"\x00", encode_tlv(0x77, only(0x77, sod) + b"\x30\x00")):
        with pytest.raises(DocumentUnproven, match="malformed"):
            SecurityObject(forged)


def test_a_version_that_no_certificate_has_is_refused_and_not_a_crash() -> None:
    sod = bytearray(STATE.security_object(GROUPS))
    at = sod.index(b"\xa0\x03\x02\x01\x02") + 4
    sod[at] = 9
    with pytest.raises(DocumentUnproven):
        SecurityObject(bytes(sod)).verify(GROUPS, StateSigners((STATE.authority,)), datetime.now(UTC))


# ---- chips that say more than was signed -----------------------------------------------------------------------------

SIGNERS = CountrySigners({"CHN": StateSigners((STATE.authority,))})
ACCESS = TravelAccess(SIGNERS, MachineReadableZone.parse(CHAN.printed()))


def test_a_name_that_was_not_signed_is_not_read() -> None:
    """EF.SOD has no digest of data group 11, and the chip has one, of another's name."""
    chip, other = (
        TravelDocumentChip(replace(CHAN, own_script=None), STATE),
        TravelDocumentChip(replace(CHAN, own_script="王秀英"), STATE),
    )
    chip.files[travel_document.DG11_FILE] = other.files[travel_document.DG11_FILE]
    document = travel_document.read(DirectChannel(chip), TODAY, ACCESS)
    assert document.name == document.latin_name == "CHAN TAI MAN"


def test_a_name_that_was_exchanged_identifies_nobody() -> None:
    chip, other = TravelDocumentChip(CHAN, STATE), TravelDocumentChip(replace(CHAN, own_script="王秀英"), STATE)
    chip.files[travel_document.DG11_FILE] = other.files[travel_document.DG11_FILE]
    with pytest.raises(DocumentUnproven, match="data group 11"):
        travel_document.read(DirectChannel(chip), TODAY, ACCESS)


def test_a_chip_that_opens_to_any_zone_does_not_lend_its_holder() -> None:
    """A forger's chip opens itself to the forger's page and then says what a real one of somebody else says."""
    forger = replace(CHAN, number="H87654321", names="WANG<<WU", own_script=None)
    chip, victim = TravelDocumentChip(forger, STATE), TravelDocumentChip(CHAN, STATE)
    chip.files = victim.files
    with pytest.raises(ZoneOfAnother):
        travel_document.read(DirectChannel(chip), TODAY, TravelAccess(SIGNERS, MachineReadableZone.parse(forger.printed())))


# ---- what honest states and makers do otherwise ----------------------------------------------------------------------


@pytest.mark.parametrize("own_script", ["陳<<大文\u200d", "·", "\x01"])
def test_a_name_that_cannot_be_written_leaves_the_one_in_the_zone(own_script: str) -> None:
    document = travel_document.read(DirectChannel(TravelDocumentChip(replace(CHAN, own_script=own_script), STATE)), TODAY, ACCESS)
    assert document.name == "CHAN TAI MAN"


def test_a_group_that_is_signed_and_not_given_leaves_the_name_in_the_zone() -> None:
    chip = TravelDocumentChip(CHAN, STATE)
    del chip.files[travel_document.DG11_FILE]
    assert travel_document.read(DirectChannel(chip), TODAY, ACCESS).name == "CHAN TAI MAN"


@pytest.mark.parametrize("word", [0x6300, 0x63C2, 0x6982, 0x6985, 0x6988, 0x6A80, 0x6F00])
def test_however_a_chip_says_no_the_page_was_another_one(word: int) -> None:
    with pytest.raises(ZoneOfAnother):
        travel_document.read(Refusing(0x82, word), TODAY, ACCESS)


@pytest.mark.parametrize("word", [0x6982, 0x6985, 0x6D00])
def test_a_chip_without_basic_access_control_sends_its_holder_to_a_counter(word: int) -> None:
    with pytest.raises(DocumentUnproven):
        travel_document.read(Refusing(0x84, word), TODAY, ACCESS)


class Refusing(DirectChannel):
    """A chip that answers one command with this status word."""

    def __init__(self, instruction: int, word: int) -> None:
        super().__init__(TravelDocumentChip(CHAN, STATE))
        self._instruction, self._word = instruction, word

    def transmit(self, command: CommandApdu) -> ResponseApdu:
        if command.ins == getattr(self, "_instruction", None):
            return ResponseApdu(b"", StatusWord(self._word))
        return super().transmit(command)


def test_an_authority_with_two_certificates_for_one_key_is_taken_by_the_valid_one() -> None:
    key = STATE._key  # pyright: ignore[reportPrivateUsage]
    over = authority(key, STATE.authority.subject, days=-1)
    SecurityObject(STATE.security_object(GROUPS)).verify(GROUPS, StateSigners((over, STATE.authority)), datetime.now(UTC))
    with pytest.raises(DocumentUnproven, match="not valid now"):
        SecurityObject(STATE.security_object(GROUPS)).verify(GROUPS, StateSigners((over,)), datetime.now(UTC))


def test_names_that_are_written_otherwise_are_no_obstacle() -> None:
    """In the signer's certificate the country is in small letters, in its authority's in large ones; EF.SOD has neither."""
    state = State("CHN")
    small = named((NameOID.COUNTRY_NAME, "xx"), (NameOID.COMMON_NAME, "made-up csca chn"))

    def another(signed: Any) -> None:
        _signer(signed)["sid"].chosen["serial_number"] = 4712

    state.signer = certificate(state, (DIGITAL_SIGNATURE, True), issuer=small)
    for sod in (state.security_object(GROUPS), changed(state.security_object(GROUPS), another)):
        SecurityObject(sod).verify(GROUPS, StateSigners((state.authority,)), NOW)


def test_attributes_out_of_order_hold_however_they_were_signed() -> None:
    """Signed as they should stand, and written the other way round."""

    sod = STATE.security_object(GROUPS)
    info = cms.ContentInfo.load(only(0x77, sod))
    parts = [each.dump() for each in _signer(info["content"])["signed_attrs"]]
    assert parts == sorted(parts)
    turned_sod = sod.replace(b"".join(parts), b"".join(reversed(parts)))
    assert turned_sod != sod
    SecurityObject(turned_sod).verify(GROUPS, StateSigners((STATE.authority,)), datetime.now(UTC))


@pytest.mark.parametrize("curve", ["prime256v1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"])
@pytest.mark.parametrize("form", ["uncompressed", "compressed"])
def test_a_curve_that_is_written_out_is_known_and_another_base_point_is_not(tmp_path: Path, curve: str, form: str) -> None:
    """Doc 9303-12 has states write curves out. A base point that was chosen for it makes any key anybody's (CVE-2020-0601)."""
    make = [
        "openssl",
        "ecparam",
        "-name",
        curve,
        "-genkey",
        "-noout",
        "-param_enc",
        "explicit",
        "-conv_form",
        form,
        "-out",
        "key",
    ]
    sign = [
        "openssl",
        "req",
        "-new",
        "-x509",
        "-key",
        "key",
        "-subj",
        "/C=XX/CN=CSCA",
        "-sha256",
        "-outform",
        "DER",
        "-out",
        "ca",
    ]
    for command in (make, sign):
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    der = (tmp_path / "ca").read_bytes()
    own = x509.load_der_x509_certificate(der)
    assert is_signed_by(own, own)
    key = asn1.Certificate.load(der)["tbs_certificate"]["subject_public_key_info"]["algorithm"]["parameters"].chosen
    at = der.index(key["base"].native) + 9
    other = x509.load_der_x509_certificate(der[:at] + bytes((der[at] ^ 1,)) + der[at + 1 :])
    with pytest.raises(ValueError, match="curve"):
        public_key(other)


def test_a_state_whose_curves_are_all_written_out(tmp_path: Path) -> None:
    """Authority, document signer and object made by another program, as states with curves of RFC 5639 make them."""
    lds = {"version": 0, "hash_algorithm": {"algorithm": "sha256"}, "hashes": [{"number": 1, "digest": sha256(b"one").digest()}]}
    (tmp_path / "lds").write_bytes(LdsSecurityObject(lds).dump())
    (tmp_path / "usage").write_text("keyUsage = critical, digitalSignature\n")
    for command in (
        "ecparam -name brainpoolP384r1 -genkey -noout -param_enc explicit -out ca.key",
        "ecparam -name brainpoolP256r1 -genkey -noout -param_enc explicit -out key",
        "req -new -x509 -key ca.key -subj /C=XX/CN=CSCA -days 9 -sha384 -out ca.pem",
        "req -new -key key -subj /C=XX/CN=signer -out csr",
        "x509 -req -in csr -CA ca.pem -CAkey ca.key -set_serial 7 -days 9 -sha384 -extfile usage -out signer",
        f"cms -sign -binary -nodetach -nosmimecap -md sha256 -outform DER -econtent_type {LDS_SECURITY_OBJECT} -in lds -signer signer"
        " -inkey key -out sod",
    ):
        subprocess.run(["openssl", *command.split()], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "csca").mkdir()
    (tmp_path / "csca" / "D.pem").write_bytes((tmp_path / "ca.pem").read_bytes())
    security = SecurityObject(encode_tlv(0x77, (tmp_path / "sod").read_bytes()))
    signers = CountrySigners.load(tmp_path / "csca").states["D"]
    security.verify({1: b"one"}, signers, datetime.now(UTC))
    with pytest.raises(DocumentUnproven, match="data group 1"):
        security.verify({1: b"two"}, signers, datetime.now(UTC))


def test_a_number_that_no_registry_writes_so_is_a_counters_matter() -> None:
    chip = TravelDocumentChip(odd := replace(CHAN, number="H12<45678"), STATE)
    with pytest.raises(DocumentUnproven, match="the number's form"):
        travel_document.read(DirectChannel(chip), TODAY, TravelAccess(SIGNERS, MachineReadableZone.parse(odd.printed())))
