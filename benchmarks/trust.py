"""From a signed record to a registration that may be believed: against one bare ES256 verification of the same bytes.

Ours also takes the message apart strictly and checks chain, validity, key usage and revocation list. The whole way of a record
beside it proves the code for the paper too, which is a second signed message, and parses every field.
"""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from benchmarks.harness import Row, compare
from kiosk.registration import cose
from kiosk.registration.trust import Anchors, Purpose, verify, verify_message
from sandbox.people import PEOPLE
from sandbox.platform.records import RecordOffice
from sandbox.registry import Authority


def rows() -> list[Row]:
    now = datetime.now(UTC)
    authority = Authority("Registry", now)
    signer = authority.issue("Registry signer")
    case = PEOPLE[0].cases[0]
    record = RecordOffice(authority, signer, lambda: now).record(case)
    anchors = Anchors((authority.root.certificate,), crls=(authority.crl(now),))
    assert verify(record, anchors, now).number == case.number

    message = cose.decode(record)
    assert isinstance(signer.key, ec.EllipticCurvePrivateKey)
    signed, key, half = message.signed_bytes, signer.key.public_key(), len(message.signature) // 2
    r, s = (int.from_bytes(part, "big") for part in (message.signature[:half], message.signature[half:]))
    signature, algorithm = encode_dss_signature(r, s), ec.ECDSA(hashes.SHA256())

    def bare() -> None:
        key.verify(signature, signed, algorithm)

    return [
        compare(
            "record → verified",
            lambda: verify_message(record, Purpose.RECORD, anchors, now),
            "bare ES256",
            bare,
            goal=3,
            runs=300,
            note=f"a record of {len(record)} bytes, its form, chain and revocation, against one verification of its signature",
        ),
        compare(
            "record → registration",
            lambda: verify(record, anchors, now),
            "bare ES256",
            bare,
            runs=200,
            note="the same and all fields parsed, and the signed code in it proven to be of this record",
        ),
    ]
