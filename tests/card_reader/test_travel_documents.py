"""People lay passports and travel permits on a real reader stack (driver, pcscd, vpcd): good ones, forged ones, and some without their page."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from peripherals.card_reader import CardFault, read_document
from peripherals.card_reader.apdu import CommandApdu, ResponseApdu, StatusWord, read_binary, select_readable_file
from peripherals.card_reader.emrtd import CountrySigners, MachineReadableZone, TravelAccess
from peripherals.card_reader.emrtd.basic_access import keys_from, open_chip
from peripherals.card_reader.emrtd.country_signers import CountrySignersWrong, StateSigners
from peripherals.card_reader.emrtd.secure_messaging import SealBroken, SessionKeys, open_response, seal_command
from peripherals.card_reader.emrtd.security_object import LDS_SECURITY_OBJECT, LdsSecurityObject, SecurityObject
from peripherals.card_reader.emrtd.tlv import TlvWrong, encode_tlv, parse_tlv
from peripherals.card_reader.faults import (
    CardExpired,
    CardLifted,
    CardRecordsBroken,
    DocumentUnproven,
    ForeignCard,
    ZoneNeeded,
    ZoneOfAnother,
)
from peripherals.device import Turn
from sandbox.devices.card import SocialSecurityCard
from sandbox.devices.travel_document import Fault, State, TravelDocumentChip, Traveller, passport
from tests.card_reader.conftest import TODAY, WANG, Desk

CHAN = Traveller("CHAN<<TAI<MAN", "H12345678", "陳<<大文")
ISSUER = State("CHN")


@pytest.fixture
def signers(tmp_path: Path) -> CountrySigners:
    return CountrySigners.load(ISSUER.write(tmp_path / "csca"))


def opened_by(signers: CountrySigners, traveller: Traveller) -> TravelAccess:
    """What it takes to read this person's document: its page was shown."""
    return TravelAccess(signers, MachineReadableZone.parse(traveller.printed()))


# ---- at the reader ---------------------------------------------------------------------------------------------------


@pytest.mark.device
def test_a_permit_says_who_its_holder_is(desk: Desk, signers: CountrySigners) -> None:
    desk.lay(TravelDocumentChip(CHAN, ISSUER))
    document = read_document(desk.reader, today=TODAY, travel=opened_by(signers, CHAN))
    assert (document.kind, document.name, document.number) == ("travel-document", "陳大文", "H12345678")
    assert (document.latin_name, document.sex, document.nationality) == ("CHAN TAI MAN", "1", "CHN")
    assert (document.birth, document.valid_to, document.issuer) == (date(1970, 3, 12), date(2032, 4, 15), "CHN")


@pytest.mark.device
@pytest.mark.parametrize("scheme", ["ecdsa", "pkcs1", "pss"])
def test_a_passport_of_each_scheme_of_signature(desk: Desk, tmp_path: Path, scheme: str) -> None:
    state = State("UTO", scheme=scheme)  # pyright: ignore[reportArgumentType]
    anna = passport("ERIKSSON<<ANNA<MARIA", "L898902C3")
    desk.lay(TravelDocumentChip(anna, state))
    document = read_document(desk.reader, today=TODAY, travel=opened_by(CountrySigners.load(state.write(tmp_path)), anna))
    assert (document.name, document.number) == ("ERIKSSON ANNA MARIA", "L898902C3")


@pytest.mark.device
def test_a_social_security_card_is_read_as_before(desk: Desk, signers: CountrySigners) -> None:
    desk.lay(SocialSecurityCard(WANG))
    assert read_document(desk.reader, today=TODAY, travel=TravelAccess(signers)).number == WANG.number


@pytest.mark.device
def test_where_no_state_is_believed_it_is_a_strange_card(desk: Desk) -> None:
    desk.lay(TravelDocumentChip(CHAN, ISSUER))
    with pytest.raises(ForeignCard):
        read_document(desk.reader, today=TODAY)


@pytest.mark.device
def test_its_page_is_asked_for_and_then_it_is_read_where_it_lies(desk: Desk, signers: CountrySigners) -> None:
    desk.lay(TravelDocumentChip(CHAN, ISSUER))
    with pytest.raises(ZoneNeeded):
        read_document(desk.reader, today=TODAY, travel=TravelAccess(signers))
    with pytest.raises(ZoneOfAnother):
        read_document(desk.reader, today=TODAY, travel=opened_by(signers, replace(CHAN, number="H12345679")))
    assert read_document(desk.reader, today=TODAY, travel=opened_by(signers, CHAN)).number == "H12345678"


@pytest.mark.device
@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        ("changed", DocumentUnproven),
        ("stranger", DocumentUnproven),
        ("expired-signer", DocumentUnproven),
        ("no-signature", CardRecordsBroken),
        ("cut", CardRecordsBroken),
        ("seal", SealBroken),
    ],
)
def test_a_document_that_is_not_proven_names_nobody(
    desk: Desk, signers: CountrySigners, fault: Fault, raised: type[CardFault]
) -> None:
    desk.lay(TravelDocumentChip(CHAN, ISSUER, fault))
    with pytest.raises(raised) as refused:
        read_document(desk.reader, today=TODAY, travel=opened_by(signers, CHAN))
    assert refused.value.turn is Turn.CITIZEN
    assert not any(word in str(refused.value) for word in ("CHAN", "H1234", "陳"))


@pytest.mark.device
def test_a_signer_that_was_taken_back_proves_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.lay(TravelDocumentChip(CHAN, ISSUER))
    with pytest.raises(DocumentUnproven, match="revoked"):
        read_document(desk.reader, today=TODAY, travel=opened_by(CountrySigners.load(ISSUER.write(tmp_path, revoke=True)), CHAN))


@pytest.mark.device
def test_one_states_authority_does_not_vouch_for_anothers_documents(desk: Desk, tmp_path: Path) -> None:
    """A passport that says UTO, really signed, by the authority that is believed for CHN alone."""
    anna = passport("ERIKSSON<<ANNA", "L898902C3")
    State("UTO").write(tmp_path)
    signers = CountrySigners.load(ISSUER.write(tmp_path))
    desk.lay(TravelDocumentChip(anna, ISSUER))
    with pytest.raises(DocumentUnproven, match="none of the state's authorities"):
        read_document(desk.reader, today=TODAY, travel=opened_by(signers, anna))


@pytest.mark.device
def test_a_document_of_a_state_that_nobody_gave_proves_nothing(desk: Desk, signers: CountrySigners) -> None:
    anna = passport("ERIKSSON<<ANNA", "L898902C3")
    desk.lay(TravelDocumentChip(anna, State("UTO")))
    with pytest.raises(DocumentUnproven, match="no authority"):
        read_document(desk.reader, today=TODAY, travel=opened_by(signers, anna))


@pytest.mark.device
def test_an_expired_document_is_refused(desk: Desk, signers: CountrySigners) -> None:
    old = replace(CHAN, expiry="260301")
    desk.lay(TravelDocumentChip(old, ISSUER))
    with pytest.raises(CardExpired):
        read_document(desk.reader, today=TODAY, travel=opened_by(signers, old))


@pytest.mark.device
@pytest.mark.parametrize("lifted_after", [2, 4, 8, 12])
def test_pulled_away_in_the_middle_it_is_read_when_it_lies_again(desk: Desk, signers: CountrySigners, lifted_after: int) -> None:
    chip = TravelDocumentChip(CHAN, ISSUER)
    desk.lay(chip, lifted_after=lifted_after)
    with pytest.raises(CardLifted):
        read_document(desk.reader, today=TODAY, travel=opened_by(signers, CHAN))
    desk.lift()
    desk.lay(chip)
    assert read_document(desk.reader, today=TODAY, travel=opened_by(signers, CHAN)).number == "H12345678"


# ---- the standard's own bytes ----------------------------------------------------------------------------------------

SESSION = SessionKeys(bytes.fromhex("979EC13B1CBFE9DCD01AB0FED307EAE5"), bytes.fromhex("F1CB1F1FB5ADF208806B89DC579DC1F8"))
COUNTER = 0x887022120C06C226
"""Doc 9303-11, appendix D.4."""


def test_secure_messaging_is_the_standards() -> None:
    command = seal_command(SESSION, COUNTER + 1, select_readable_file(0x011E))
    assert command.encode().hex().upper() == "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800"
    assert open_response(SESSION, COUNTER + 2, bytes.fromhex("990290008E08FA855A5D4C50A8ED")).sw is StatusWord.OK
    command = seal_command(SESSION, COUNTER + 3, read_binary(0, 4))
    assert command.encode().hex().upper() == "0CB000000D9701048E08ED6705417E96BA5500"
    answer = open_response(SESSION, COUNTER + 4, bytes.fromhex("8709019FF0EC34F9922651990290008E08AD55CC17140B2DED"))
    assert answer.data.hex() == "60145f01"


class Recorded:
    """The chip of appendix D.3: gives its recorded answers, and holds what it was told against the record."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def transmit(self, command: CommandApdu) -> ResponseApdu:
        self.told.append(command.encode().hex().upper())
        answer = {
            0x84: "4608F91988702212",
            0x82: "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D7449",
        }[command.ins]
        return ResponseApdu(bytes.fromhex(answer), StatusWord.OK)


def test_mutual_authentication_is_the_standards() -> None:
    chip, random = Recorded(), {8: bytes.fromhex("781723860C06C226"), 16: bytes.fromhex("0B795240CB7049B01C19B33E32804F0B")}
    # The zone of the example; the fields that the keys do not need are of no account.
    zone = MachineReadableZone("TD3", "P", "UTO", "L898902C", "3", "UTO", "690806", "F", "940623", "ERIKSSON<<ANNA", ())
    assert zone.access_information == b"L898902C<369080619406236"
    channel = open_chip(chip, zone, random.__getitem__)
    assert chip.told == [
        "0084000008",
        "008200002872C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448EEA8AD90A728",
    ]
    command = seal_command(
        keys_from(bytes.fromhex("0036D272F5C350ACAC50C3F572D23600")), COUNTER + 1, select_readable_file(0x011E)
    )
    sent: list[CommandApdu] = []
    channel._channel = _Hearing(sent)  # pyright: ignore[reportPrivateUsage]
    channel.transmit(select_readable_file(0x011E))
    assert sent == [command]


class _Hearing:
    def __init__(self, sent: list[CommandApdu]) -> None:
        self._sent = sent

    def transmit(self, command: CommandApdu) -> ResponseApdu:
        self._sent.append(command)
        return ResponseApdu(b"", StatusWord.SEAL_WRONG)


@given(st.binary(max_size=60))
def test_no_answer_without_the_right_seal_is_opened(noise: bytes) -> None:
    with pytest.raises(SealBroken):
        open_response(SESSION, COUNTER + 2, noise)


@given(st.integers(0, 13), st.integers(1, 255))
def test_an_answer_that_was_changed_anywhere_is_refused(at: int, by: int) -> None:
    good = bytearray.fromhex("990290008E08FA855A5D4C50A8ED")
    good[at] ^= by
    with pytest.raises(SealBroken):
        open_response(SESSION, COUNTER + 2, bytes(good))


@given(st.lists(st.tuples(st.sampled_from([0x61, 0x5F1F, 0x5F0E, 0x77, 0x04]), st.binary(max_size=300)), max_size=4))
def test_data_objects_written_are_read(objects: list[tuple[int, bytes]]) -> None:
    assert parse_tlv(b"".join(encode_tlv(tag, value) for tag, value in objects)) == objects


@given(st.binary(max_size=80))
def test_any_bytes_are_data_objects_or_none(noise: bytes) -> None:
    try:
        objects = parse_tlv(noise)
    except TlvWrong:
        return
    assert sum(len(value) for _, value in objects) <= len(noise)


# ---- signatures ------------------------------------------------------------------------------------------------------


def made_by_openssl(tmp_path: Path, state: State, groups: dict[int, bytes], *options: str) -> bytes:
    """EF.SOD over the groups, signed by the openssl command and not by our twin."""
    lds = LdsSecurityObject(
        {
            "version": 0,
            "hash_algorithm": {"algorithm": "sha256"},
            "hashes": [{"number": number, "digest": hashlib.sha256(data).digest()} for number, data in groups.items()],
        }
    )
    (tmp_path / "lds").write_bytes(lds.dump())
    (tmp_path / "signer.pem").write_bytes(state.signer.public_bytes(Encoding.PEM))
    key = state._signer_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # pyright: ignore[reportPrivateUsage]
    (tmp_path / "key.pem").write_bytes(key)
    command = [
        "openssl",
        "cms",
        "-sign",
        "-binary",
        "-nodetach",
        "-nosmimecap",
        "-outform",
        "DER",
        "-econtent_type",
        LDS_SECURITY_OBJECT,
    ]
    command += ["-in", "lds", "-signer", "signer.pem", "-inkey", "key.pem", "-out", "sod", *options]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    return encode_tlv(0x77, (tmp_path / "sod").read_bytes())


@pytest.mark.parametrize(
    ("scheme", "options"),
    [
        ("ecdsa", ("-md", "sha256")),
        ("ecdsa", ("-md", "sha512", "-keyid")),
        ("pkcs1", ("-md", "sha384")),
        ("pss", ("-md", "sha256", "-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32")),
        ("pss", ("-md", "sha512", "-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:64")),
    ],
)
def test_what_another_program_signed_holds(tmp_path: Path, scheme: str, options: tuple[str, ...]) -> None:
    state = State("UTO", scheme=scheme)  # pyright: ignore[reportArgumentType]
    groups = {1: b"one", 11: b"eleven"}
    security = SecurityObject(made_by_openssl(tmp_path, state, groups, *options))
    signers = CountrySigners.load(state.write(tmp_path / "csca")).states["UTO"]
    now = datetime.now(UTC)
    security.verify(groups, signers, now)
    with pytest.raises(DocumentUnproven, match="data group 11"):
        security.verify({**groups, 11: b"twelve"}, signers, now)
    with pytest.raises(DocumentUnproven, match="data group 2"):
        security.verify({2: b"two"}, signers, now)
    for then in (now - timedelta(days=500), now + timedelta(days=4600)):
        with pytest.raises(DocumentUnproven, match="not valid now"):
            security.verify(groups, signers, then)


def test_a_digest_that_is_broken_does_not_count(tmp_path: Path) -> None:
    state, groups = State("UTO", scheme="pkcs1"), {1: b"one"}
    security = SecurityObject(made_by_openssl(tmp_path, state, groups, "-md", "sha1"))
    with pytest.raises(DocumentUnproven, match="does not count"):
        security.verify(groups, CountrySigners.load(state.write(tmp_path / "csca")).states["UTO"], datetime.now(UTC))


def test_an_authority_does_not_sign_documents_itself(tmp_path: Path) -> None:
    state, groups = State("UTO"), {1: b"one"}
    state.signer, state._signer_key = state.authority, state._key  # pyright: ignore[reportPrivateUsage]
    security = SecurityObject(state.security_object(groups))
    with pytest.raises(DocumentUnproven, match="not for signatures"):
        security.verify(groups, CountrySigners.load(state.write(tmp_path / "csca")).states["UTO"], datetime.now(UTC))


SOD = ISSUER.security_object({1: b"one", 11: b"eleven"})


@given(st.integers(0, len(SOD) - 1), st.integers(1, 255))
def test_no_byte_of_the_signed_object_can_be_changed_for_the_better(at: int, by: int) -> None:
    """A changed object names no other digests: it is refused, or what it says is what was signed (bytes that no signature covers)."""
    changed = bytearray(SOD)
    changed[at] ^= by
    try:
        security = SecurityObject(bytes(changed))
    except DocumentUnproven:
        return
    for groups in ({1: b"two"}, {1: b"one", 11: b"twelve"}):
        with pytest.raises(DocumentUnproven):
            security.verify(groups, StateSigners((ISSUER.authority,)), datetime.now(UTC))


# ---- whose signatures count ------------------------------------------------------------------------------------------


AUTHORITY = ISSUER.authority.public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    ("name", "holds", "says"),
    [
        ("CHN.txt", AUTHORITY, "no file like CHN.pem"),
        ("china.pem", AUTHORITY, "not named as a state"),
        ("CHN.pem", b"nothing", "no certificate"),
        ("CHN.pem", ISSUER.signer.public_bytes(Encoding.PEM), "not an authority"),
        ("CHN.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "block 1"),
        ("CHN.pem", AUTHORITY + State("CHN").revocation_list().public_bytes(Encoding.PEM), "none of its authorities signed"),
    ],
)
def test_a_directory_that_cannot_be_used_says_why(tmp_path: Path, name: str, holds: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(holds)
    with pytest.raises(CountrySignersWrong, match=says):
        CountrySigners.load(tmp_path)


def test_no_directory_says_so(tmp_path: Path) -> None:
    with pytest.raises(CountrySignersWrong, match="no file"):
        CountrySigners.load(tmp_path / "missing")


def test_states_whose_authorities_are_all_over_are_named(signers: CountrySigners) -> None:
    now = datetime.now(UTC)
    assert signers.expired(now) == []
    assert signers.expired(now + timedelta(days=5000)) == ["CHN"]


def test_a_terminal_that_reads_none_does_not_load_what_it_takes() -> None:
    code = "import sys, kiosk.terminal; assert 'asn1crypto' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
