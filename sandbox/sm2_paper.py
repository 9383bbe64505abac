"""Certificates and revocation lists in SM2: what the builder signed in P-256 is signed anew.

`cryptography` builds neither with SM2. Names of curve and signature algorithm have the same length in both families, so the
built structure keeps its lengths: key and algorithm are put in their places, and the whole is signed again.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kiosk.registration.keys import SM2_KEY_INFO
from kiosk.registration.sm2 import Sm2PrivateKey, Sm2PublicKey

ECDSA_WITH_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
SM2_WITH_SM3 = bytes.fromhex("300a06082a811ccf55018375")


def signed_anew(body: bytes, signer: Sm2PrivateKey, *keys: tuple[ec.EllipticCurvePublicKey, Sm2PublicKey]) -> bytes:
    """The DER of a certificate or list whose `body` (TBS…) was built for P-256: each of `keys` replaced, signed by `signer`."""
    for stand_in, key in keys:
        body = body.replace(stand_in.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), SM2_KEY_INFO + key.point)
    body = body.replace(ECDSA_WITH_SHA256, SM2_WITH_SM3, 1)
    signature = _tagged(0x03, b"\0" + signer.sign_der(body))
    return _tagged(0x30, body + SM2_WITH_SM3 + signature)


def _tagged(tag: int, content: bytes) -> bytes:
    """One DER value (X.690, section 8.1)."""
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(octets)]) + octets + content
