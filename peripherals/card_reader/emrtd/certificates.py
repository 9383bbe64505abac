"""Certificates as states make them: their keys, and who signed them.

Doc 9303-12 (4.4) has states write a curve out in numbers instead of by its name; `cryptography` takes that for NIST's curves alone, so those of
RFC 5639 are recognised here. Whoever issued a certificate is known by the key that made its signature: names are not always written alike in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

DIGESTS: Mapping[str, type[hashes.HashAlgorithm]] = {
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
"""Digests that count (Doc 9303-12, 4.4). SHA-1 does not."""

UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.UnsupportedGeneralNameType,
)
"""What `cryptography` and asn1crypto raise over a certificate that is none, or has something that they do not know."""

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


class Domain(NamedTuple):
    """A curve in numbers: the field's prime, both coefficients, the base point, and its order."""

    p: int
    a: int
    b: int
    x: int
    y: int
    n: int


BRAINPOOL: Mapping[Domain, type[ec.EllipticCurve]] = {
    Domain(
        0xA9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377,
        0x7D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9,
        0x26DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCCDC18FF8C07B6,
        0x8BD2AEB9CB7E57CB2C4B482FFC81B7AFB9DE27E1E3BD23C23A4453BD9ACE3262,
        0x547EF835C3DAC4FD97F8461A14611DC9C27745132DED8E545C1D54C72F046997,
        0xA9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7,
    ): ec.BrainpoolP256R1,
    Domain(
        0x8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B412B1DA197FB71123ACD3A729901D1A71874700133107EC53,
        0x7BC382C63D8C150C3C72080ACE05AFA0C2BEA28E4FB22787139165EFBA91F90F8AA5814A503AD4EB04A8C7DD22CE2826,
        0x04A8C7DD22CE28268B39B55416F0447C2FB77DE107DCD2A62E880EA53EEB62D57CB4390295DBC9943AB78696FA504C11,
        0x1D1C64F068CF45FFA2A63A81B7C13F6B8847A3E77EF14FE3DB7FCAFE0CBD10E8E826E03436D646AAEF87B2E247D4AF1E,
        0x8ABE1D7520F9C2A45CB1EB8E95CFD55262B70B29FEEC5864E19C054FF99129280E4646217791811142820341263C5315,
        0x8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B31F166E6CAC0425A7CF3AB6AF6B7FC3103B883202E9046565,
    ): ec.BrainpoolP384R1,
    Domain(
        int(
            "AADD9DB8DBE9C48B3FD4E6AE33C9FC07CB308DB3B3C9D20ED6639CCA70330871"
            "7D4D9B009BC66842AECDA12AE6A380E62881FF2F2D82C68528AA6056583A48F3",
            16,
        ),
        int(
            "7830A3318B603B89E2327145AC234CC594CBDD8D3DF91610A83441CAEA9863BC"
            "2DED5D5AA8253AA10A2EF1C98B9AC8B57F1117A72BF2C7B9E7C1AC4D77FC94CA",
            16,
        ),
        int(
            "3DF91610A83441CAEA9863BC2DED5D5AA8253AA10A2EF1C98B9AC8B57F1117A7"
            "2BF2C7B9E7C1AC4D77FC94CADC083E67984050B75EBAE5DD2809BD638016F723",
            16,
        ),
        int(
            "81AEE4BDD82ED9645A21322E9C4C6A9385ED9F70B5D916C1B43B62EEF4D0098E"
            "FF3B1F78E2D0D48D50D1687B93B97D5F7C6D5047406A5E688B352209BCB9F822",
            16,
        ),
        int(
            "7DDE385D566332ECC0EABFA9CF7822FDF209F70024A57B1AA000C55B881F8111"
            "B2DCDE494A5F485E5BCA4BD88A2763AED1CA2B2FA8F0540678CD1E0F3AD80892",
            16,
        ),
        int(
            "AADD9DB8DBE9C48B3FD4E6AE33C9FC07CB308DB3B3C9D20ED6639CCA70330870"
            "553E5C414CA92619418661197FAC10471DB1D381085DDADDB58796829CA90069",
            16,
        ),
    ): ec.BrainpoolP512R1,
}
"""The curves of RFC 5639 that `cryptography` computes with."""

UNCOMPRESSED, EVEN, ODD = 4, 2, 3


def public_key(certificate: x509.Certificate) -> PublicKey:
    """The certificate's key. Raises `ValueError` for one of no kind that states sign with here."""
    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm:
        key = _key_in_numbers(certificate)
    if not isinstance(key, PublicKey):
        raise ValueError("neither an elliptic curve's key nor an RSA one")
    return key


def is_signed_by(signed: x509.Certificate | x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    """Whether the authority's key made this signature; a certificate's over a digest that counts (a list can only take away)."""
    data = signed.tbs_certificate_bytes if isinstance(signed, x509.Certificate) else signed.tbs_certlist_bytes
    try:
        digest = signed.signature_hash_algorithm
        if digest is None or (isinstance(signed, x509.Certificate) and digest.name not in DIGESTS):
            return False
        match public_key(authority), signed.signature_algorithm_parameters:
            case ec.EllipticCurvePublicKey() as key, ec.ECDSA() as scheme:
                key.verify(signed.signature, data, scheme)
            case rsa.RSAPublicKey() as key, (padding.PKCS1v15() | padding.PSS()) as scheme:
                key.verify(signed.signature, data, scheme, digest)
            case _:
                return False
    except (InvalidSignature, *UNREADABLE):
        return False
    return True


def _key_in_numbers(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    """A key on a curve that is written out. Every number must be the known curve's: another base point makes anybody's key the state's."""
    from asn1crypto import x509 as asn1  # terminals that read no travel documents do without it

    info = asn1.Certificate.load(certificate.public_bytes(Encoding.DER))["tbs_certificate"]["subject_public_key_info"]
    parameters = info["algorithm"]["parameters"]
    if info["algorithm"]["algorithm"].native != "ec" or parameters.name != "specified":
        raise ValueError("a key of an unknown kind")
    domain = parameters.chosen
    if domain["field_id"]["field_type"].native != "prime_field" or domain["cofactor"].native not in (None, 1):
        raise ValueError("an unknown curve")
    p = int(domain["field_id"]["parameters"].native)
    a, b = (int.from_bytes(domain["curve"][name].native, "big") for name in ("a", "b"))
    n, base = int(domain["order"].native), bytes(domain["base"].native)
    curve = next(
        (curve for known, curve in BRAINPOOL.items() if (p, a, b, n) == (*known[:3], known.n) and _is_base(base, known)), None
    )
    if curve is None:
        raise ValueError("an unknown curve")
    return ec.EllipticCurvePublicKey.from_encoded_point(curve(), info["public_key"].native)


def _is_base(point: bytes, domain: Domain) -> bool:
    """Whether this is the curve's base point, written whole or compressed (SEC 1, 2.3.3)."""
    size = (domain.p.bit_length() + 7) // 8
    x, y = domain.x.to_bytes(size, "big"), domain.y.to_bytes(size, "big")
    return point in (bytes((UNCOMPRESSED,)) + x + y, bytes((ODD if domain.y % 2 else EVEN,)) + x)
