"""A virtual travel document with a chip, and the made-up state that issues it: signing authority, document signer, revocation list.

The chip's side of ICAO Doc 9303-11 (Basic Access Control, secure messaging) and the files of Doc 9303-10, made by the tables by which
the driver reads. Faults are commanded: a zone that does not open it, data changed after it was signed, a signature of nobody's, a seal that does
not hold, a signer that was taken back, files cut short.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from peripherals.card_reader.apdu import CommandApdu, Instruction
from peripherals.card_reader.documents.travel_document import (
    APPLICATION,
    DG1,
    DG1_FILE,
    DG1_TAG,
    DG11,
    DG11_FILE,
    DG11_TAG,
    FULL_NAME_TAG,
    SOD_FILE,
    ZONE_TAG,
)
from peripherals.card_reader.emrtd.basic_access import KEY_BYTES, keys_from
from peripherals.card_reader.emrtd.secure_messaging import (
    BLOCK,
    CIPHERTEXT,
    EXPECTED_LENGTH,
    MAC,
    MAC_BYTES,
    PADDED,
    SEALED_CLASS,
    STATUS,
    SessionKeys,
    decipher,
    encipher,
    pad,
    retail_mac,
    unpad,
)
from peripherals.card_reader.emrtd.security_object import LDS_SECURITY_OBJECT, SECURITY_OBJECT_TAG, LdsSecurityObject
from peripherals.card_reader.emrtd.tlv import encode_tlv, parse_tlv
from peripherals.card_reader.emrtd.zone import TD1, TD3, MachineReadableZone, Size, encode_zone

OK, NOT_FOUND, NOT_VERIFIED, NOT_SATISFIED, SEAL_WRONG, UNKNOWN, BEYOND = 0x9000, 0x6A82, 0x6300, 0x6982, 0x6988, 0x6D00, 0x6B00
WRONG_PARAMETERS = 0x6A86
TAG_LIST_TAG = 0x5C
ATR = bytes.fromhex("3B8E800180318066B1840C016E01830090 00 1C".replace(" ", ""))

Fault = Literal["", "changed", "stranger", "seal", "revoked", "expired-signer", "cut", "no-signature"]
"""Data group 1 says another number than the one signed; signed by a state that nobody knows, under the right one's name; the seal of every answer is wrong; the document
signer was taken back; its certificate is over; files end in the middle; EF.SOD is missing.
"""


@dataclass(frozen=True, slots=True)
class Traveller:
    """What is written on a travel document. `own_script`: the name as the holder writes it, where the chip has it."""

    names: str
    number: str
    own_script: str | None = None
    state: str = "CHN"
    nationality: str = "CHN"
    birth: str = "700312"
    sex: str = "M"
    expiry: str = "320415"
    code: str = "CR"
    size: Size = TD1

    def zone(self) -> str:
        return encode_zone(
            self.size,
            {
                "code": self.code,
                "state": self.state,
                "number": self.number,
                "nationality": self.nationality,
                "birth": self.birth,
                "sex": self.sex,
                "expiry": self.expiry,
                "names": self.names,
            },
        )

    def printed(self) -> str:
        """The zone as it is printed, a line each."""
        zone, width = self.zone(), self.size.width
        return "\n".join(zone[start : start + width] for start in range(0, len(zone), width))


def passport(names: str, number: str, state: str = "UTO") -> Traveller:
    """A passport of a foreign state."""
    return Traveller(names, number, state=state, nationality=state, code="P", size=TD3)


class State:
    """A made-up issuing state with its signing authority and a document signer. `scheme`: how the signer signs."""

    def __init__(
        self, name: str = "CHN", *, scheme: Literal["ecdsa", "pkcs1", "pss"] = "ecdsa", at: datetime | None = None
    ) -> None:
        self.name = name
        self._scheme = scheme
        self._from = (at or datetime.now(UTC)) - timedelta(days=400)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = x509.Name(
            [x509.NameAttribute(NameOID.COUNTRY_NAME, "XX"), x509.NameAttribute(NameOID.COMMON_NAME, f"Made-up CSCA {name}")]
        )
        self.authority = self._certificate(self._subject, self._key.public_key(), days=5000, ca=True)
        self._signer_key = ec.generate_private_key(ec.SECP256R1()) if scheme == "ecdsa" else rsa.generate_private_key(65537, 2048)
        self.signer = self._signer(days=4500)

    def write(self, directory: Path, *, revoke: bool = False) -> Path:
        """The directory of country signers that an integrator installs, with this state in it. `revoke`: and the signer on its list."""
        directory.mkdir(parents=True, exist_ok=True)
        pem = self.authority.public_bytes(Encoding.PEM)
        if revoke:
            pem += self.revocation_list().public_bytes(Encoding.PEM)
        (directory / f"{self.name}.pem").write_bytes(pem)
        return directory

    def revocation_list(self) -> x509.CertificateRevocationList:
        """A list that takes the document signer back."""
        entry = x509.RevokedCertificateBuilder().serial_number(self.signer.serial_number).revocation_date(self._from).build()
        return (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._subject)
            .last_update(self._from)
            .next_update(self._from + timedelta(days=3000))
            .add_revoked_certificate(entry)
            .sign(self._key, SHA256())
        )

    def security_object(self, groups: Mapping[int, bytes], *, expired: bool = False) -> bytes:
        """EF.SOD over these data groups (Doc 9303-10, 4.6.2)."""
        content = LdsSecurityObject(
            {
                "version": 0,
                "hash_algorithm": {"algorithm": "sha256"},
                "hashes": [
                    {"number": number, "digest": hashlib.sha256(data).digest()} for number, data in sorted(groups.items())
                ],
            }
        ).dump()
        attributes = cms.CMSAttributes(
            [
                cms.CMSAttribute({"type": "content_type", "values": [LDS_SECURITY_OBJECT]}),
                cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(content).digest()]}),
            ]
        )
        certificate = self._signer(days=300) if expired else self.signer
        chosen = cms.CertificateChoices.load(certificate.public_bytes(Encoding.DER))
        signature, algorithm = self._signed(attributes.dump())
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": "sha256"}],
                "encap_content_info": {"content_type": LDS_SECURITY_OBJECT, "content": content},
                "certificates": [chosen],
                "signer_infos": [
                    {
                        "version": "v1",
                        "sid": cms.SignerIdentifier(
                            {
                                "issuer_and_serial_number": {
                                    "issuer": chosen.chosen.issuer,
                                    "serial_number": certificate.serial_number,
                                }
                            }
                        ),
                        "digest_algorithm": {"algorithm": "sha256"},
                        "signed_attrs": attributes,
                        "signature_algorithm": algorithm,
                        "signature": signature,
                    }
                ],
            }
        )
        return encode_tlv(SECURITY_OBJECT_TAG, cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())

    def _signed(self, data: bytes) -> tuple[bytes, dict[str, object]]:
        key = self._signer_key
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key.sign(data, ec.ECDSA(SHA256())), {"algorithm": "sha256_ecdsa"}
        if self._scheme == "pkcs1":
            return key.sign(data, padding.PKCS1v15(), SHA256()), {"algorithm": "sha256_rsa"}
        hash_algorithm = {"algorithm": "sha256"}
        parameters = {
            "hash_algorithm": hash_algorithm,
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": hash_algorithm},
            "salt_length": 32,
        }
        return key.sign(data, padding.PSS(padding.MGF1(SHA256()), 32), SHA256()), {
            "algorithm": "rsassa_pss",
            "parameters": parameters,
        }

    def _signer(self, days: int) -> x509.Certificate:
        name = x509.Name(
            [x509.NameAttribute(NameOID.COUNTRY_NAME, "XX"), x509.NameAttribute(NameOID.COMMON_NAME, "Made-up document signer")]
        )
        return self._certificate(name, self._signer_key.public_key(), days=days, ca=False)

    def _certificate(
        self, name: x509.Name, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, *, days: int, ca: bool
    ) -> x509.Certificate:
        usage = dict.fromkeys(
            ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"),
            False,
        )
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._from)
            .not_valid_after(self._from + timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.BasicConstraints(ca, 0 if ca else None), critical=True)
            .add_extension(x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **usage), critical=True)
            .sign(self._key, SHA256())
        )


@dataclass(slots=True)
class TravelDocumentChip:
    """The chip in a travel document: a `Card`. `state` issued it; `fault` says what is wrong with it."""

    traveller: Traveller
    state: State
    fault: Fault = ""
    atr: bytes = ATR
    files: dict[int, bytes] = field(init=False, repr=False)
    _selected: bool = False
    _challenge: bytes = b""
    _session: SessionKeys | None = None
    _counter: int = 0
    _file: bytes = b""

    def __post_init__(self) -> None:
        self.files = self._personalised()

    def answer(self, command: bytes) -> bytes | None:
        """Data and status word of a command, in the clear or sealed."""
        cla, instruction = command[0], command[1]
        if cla & SEALED_CLASS == SEALED_CLASS:
            return self._sealed(command)
        if instruction == Instruction.SELECT and command[2] == 0x04:
            # Doc 9303-10, 3.6.2: by its name, without a description, which chips need not have.
            known = command[5 : 5 + command[4]] == APPLICATION
            self._selected = known and command[3] == 0x0C
            self._session, self._challenge = None, b""
            return _status(OK if self._selected else WRONG_PARAMETERS if known else NOT_FOUND)
        if not self._selected:
            return _status(NOT_FOUND if instruction == Instruction.SELECT else UNKNOWN)
        if instruction == Instruction.GET_CHALLENGE:
            self._challenge = secrets.token_bytes(BLOCK)
            return self._challenge + _status(OK)
        if instruction == Instruction.EXTERNAL_AUTHENTICATE:
            return self._authenticated(command[5 : 5 + command[4]])
        return _status(NOT_SATISFIED)

    def _personalised(self) -> dict[int, bytes]:
        """The chip's files."""
        person = self.traveller
        groups = {DG1: encode_tlv(DG1_TAG, encode_tlv(ZONE_TAG, person.zone().encode("ascii")))}
        if person.own_script is not None:
            tags = encode_tlv(TAG_LIST_TAG, FULL_NAME_TAG.to_bytes(2, "big"))
            groups[DG11] = encode_tlv(DG11_TAG, tags + encode_tlv(FULL_NAME_TAG, person.own_script.encode("utf-8")))
        state = State(self.state.name) if self.fault == "stranger" else self.state
        files = {SOD_FILE: state.security_object(groups, expired=self.fault == "expired-signer"), DG1_FILE: groups[DG1]}
        if DG11 in groups:
            files[DG11_FILE] = groups[DG11]
        if self.fault == "changed":
            other = Traveller(person.names, person.number[:-1] + ("0" if person.number[-1] != "0" else "1"), size=person.size)
            files[DG1_FILE] = encode_tlv(DG1_TAG, encode_tlv(ZONE_TAG, other.zone().encode("ascii")))
        if self.fault == "no-signature":
            del files[SOD_FILE]
        if self.fault == "cut":
            files = {identifier: data[: len(data) // 2] for identifier, data in files.items()}
        return files

    def _authenticated(self, proof: bytes) -> bytes:
        """Mutual authentication, the chip's side (Doc 9303-11, 4.3.3)."""
        challenge, self._challenge = self._challenge, b""
        zone = MachineReadableZone.parse(self.traveller.zone())
        keys = keys_from(hashlib.sha1(zone.access_information).digest()[:KEY_BYTES])
        theirs, seal = proof[:-MAC_BYTES], proof[-MAC_BYTES:]
        if not challenge or len(theirs) != 4 * BLOCK or retail_mac(keys.mac, theirs) != seal:
            return _status(NOT_VERIFIED)
        plain = decipher(keys.enc, theirs)
        nonce, echoed, their_key = plain[:BLOCK], plain[BLOCK : 2 * BLOCK], plain[2 * BLOCK :]
        if echoed != challenge:
            return _status(NOT_VERIFIED)
        our_key = secrets.token_bytes(KEY_BYTES)
        enciphered = encipher(keys.enc, challenge + nonce + our_key)
        self._session = keys_from(bytes(one ^ other for one, other in zip(our_key, their_key, strict=True)))
        self._counter = int.from_bytes(challenge[-4:] + nonce[-4:], "big")
        return enciphered + retail_mac(keys.mac, enciphered) + _status(OK)

    def _sealed(self, command: bytes) -> bytes:
        """A command under secure messaging, and its answer (Doc 9303-11, 9.8); a broken seal ends the session."""
        if self._session is None:
            return _status(NOT_SATISFIED)
        self._counter += 1
        objects = parse_tlv(command[5 : 5 + command[4]])
        found = dict(objects)
        over = self._counter.to_bytes(BLOCK, "big") + pad(command[:4])
        over += b"".join(encode_tlv(tag, value) for tag, value in objects if tag != MAC)
        if retail_mac(self._session.mac, over) != found.get(MAC):
            self._session = None
            return _status(SEAL_WRONG)
        data = unpad(decipher(self._session.enc, found[CIPHERTEXT][1:])) if CIPHERTEXT in found else b""
        length = (found[EXPECTED_LENGTH][0] or 256) if EXPECTED_LENGTH in found else None
        plain = CommandApdu(command[0] & ~SEALED_CLASS, command[1], command[2], command[3], data, length)
        answer, status = self._plain(plain)
        self._counter += 1
        keys = self._session if self.fault != "seal" else SessionKeys(self._session.enc, self._session.enc)
        return seal_response(keys, self._counter, answer, status) + _status(OK)

    def _plain(self, command: CommandApdu) -> tuple[bytes, int]:
        if command.ins == Instruction.SELECT:
            chosen = self.files.get(int.from_bytes(command.data, "big"))
            self._file = chosen or b""
            return b"", OK if chosen is not None else NOT_FOUND
        if command.ins == Instruction.READ_BINARY and self._file:
            offset = command.p1 << 8 | command.p2
            if offset >= len(self._file):
                return b"", BEYOND
            return self._file[offset : offset + (command.le or 0)], OK
        return b"", UNKNOWN


def seal_response(keys: SessionKeys, counter: int, data: bytes, status: int = OK) -> bytes:
    """An answer as it goes over the air (Doc 9303-11, 9.8.4), without the status word behind it."""
    sealed = encode_tlv(CIPHERTEXT, PADDED + encipher(keys.enc, pad(data))) if data else b""
    sealed += encode_tlv(STATUS, _status(status))
    return sealed + encode_tlv(MAC, retail_mac(keys.mac, counter.to_bytes(BLOCK, "big") + sealed))


def _status(word: int) -> bytes:
    return word.to_bytes(2, "big")
