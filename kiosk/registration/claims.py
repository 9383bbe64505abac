"""What the code on the paper says: enough to hold the paper against, no more about anybody than the paper shows.

A CBOR map of small integers, signed by the registry (COSE_Sign1 for `Purpose.CODE`). Holders stand in it masked, and as salted
hashes of name and number so that whoever knows both can have them confirmed. The hash is a slow one (scrypt, RFC 7914): the
numbers of a resident can be counted through, and a photograph of the code alone shall not tell them.

The symbol must stay coarse (25 mm at 300 dpi): texts are cut to `LONGEST` characters, the first `NAMED` holders are named and
the first `CONFIRMED` can be confirmed. The digest binds the whole record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import scrypt, sha256
from typing import Any, Literal, cast

import cbor2
from pydantic import AwareDatetime, BaseModel, ConfigDict, StrictBytes, StrictStr, ValidationError

from kiosk.registration.chains import Malformed
from kiosk.registration.cose import CoseError, decode_canonical
from kiosk.registration.masking import mask_name
from kiosk.registration.record import Registration

VERSION = 1
SEARCH_RESULT = "不动产登记信息查询结果证明"
"""What stands for the right in the code of a search result."""

LONGEST = 40
NAMED = 3
CONFIRMED = 12
SALT_SIZE = 8
HASH_SIZE = 12
DIGEST_SIZE = 16


class CodeClaims(BaseModel):
    """What the registry says by the code. `right` is the type of right, or what a 登记证明 proves; `serial` the blank's, where the
    registry knew it when it signed. In the map each field is named by its place here, from 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1]
    number: StrictStr
    unit_code: StrictStr
    holders: tuple[StrictStr, ...]
    holder_count: int
    salt: StrictBytes
    holder_hashes: tuple[StrictBytes, ...]
    area: StrictStr
    right: StrictStr
    registered_on: date
    record_digest: StrictBytes
    signed_at: AwareDatetime
    serial: StrictStr | None = None

    def is_held_by(self, name: str, number: str) -> bool:
        """Whether a person or body of this name and document number is one of the holders that the code can confirm (50 ms)."""
        asked = holder_hash(self.salt, name, number)
        return asked in self.holder_hashes

    def is_of(self, registration: Registration, digest: bytes) -> bool:
        """Whether this is the code of `registration`, whose own digest (`record_digest`) is `digest`."""
        names = tuple(_cut(mask_name(party.name)) for party in registration.holders[:NAMED])
        return (self.number, self.unit_code, self.holders, self.holder_count, self.registered_on, self.record_digest) == (
            registration.number,
            registration.content.unit_code,
            names,
            len(registration.holders),
            registration.registered_on,
            digest,
        )


def holder_hash(salt: bytes, name: str, number: str) -> bytes:
    """scrypt (N 2^14, r 8, p 1) over name and number, cut to 12 bytes."""
    return scrypt(f"{name}\0{number}".encode(), salt=salt, n=2**14, r=8, p=1, dklen=HASH_SIZE)


def record_digest(content: Mapping[str, Any]) -> bytes:
    """SHA-256 over the deterministic CBOR of a record's map without its code, cut to 16 bytes."""
    said = {name: value for name, value in content.items() if name != "code"}
    return sha256(cbor2.dumps(said, canonical=True)).digest()[:DIGEST_SIZE]


def claims_of(content: Mapping[str, Any], *, salt: bytes, signed_at: datetime, serial: str | None = None) -> dict[int, object]:
    """The map that the registry signs for a record's map (as in `kiosk.registration.record`); used by the sandbox's registry."""
    said: Mapping[str, Any] = content[content["kind"]]
    claims = _claims(content, said, said["holders"], content["registered_on"], salt, signed_at)
    return dict(enumerate((*claims, serial) if serial else claims))


def search_claims_of(content: Mapping[str, Any], *, salt: bytes, signed_at: datetime) -> dict[int, object]:
    """The same for the map of a search result (`kiosk.registration.search_result`); its holder is who asked."""
    said = {"right_type": SEARCH_RESULT}
    return dict(enumerate(_claims(content, said, [content["applicant"]], content["searched_at"][:10], salt, signed_at)))


def _claims(
    content: Mapping[str, Any],
    said: Mapping[str, Any],
    holders: Sequence[Mapping[str, Any]],
    day: str,
    salt: bytes,
    signed_at: datetime,
) -> tuple[object, ...]:
    return (
        VERSION,
        content["number"],
        said.get("unit_code", ""),
        [_cut(mask_name(holder["name"])) for holder in holders[:NAMED]],
        len(holders),
        salt,
        [holder_hash(salt, holder["name"], holder["number"]) for holder in holders[:CONFIRMED]],
        _cut(said.get("area", "")),
        _cut(said.get("right_type", said.get("subject", ""))),
        day,
        record_digest(content),
        int(signed_at.timestamp()),
    )


def read_claims(payload: bytes) -> CodeClaims:
    """The claims of a code's payload, its signature not looked at. Raises `Malformed`."""
    try:
        said = decode_canonical(payload)
        if not isinstance(said, dict):
            raise Malformed("code-fields")
        places = dict(enumerate(CodeClaims.model_fields))
        return CodeClaims.model_validate({places[place]: value for place, value in cast("dict[int, object]", said).items()})
    except (CoseError, ValidationError, KeyError, TypeError):
        raise Malformed("code-fields") from None


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
