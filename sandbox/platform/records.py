"""The record office: turns a case into the bytes that the registry signs, with the code for the paper, the seal and drawings."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from kiosk.platform.types import Availability
from kiosk.registration.claims import SALT_SIZE, claims_of, search_claims_of
from kiosk.registration.trust import Purpose
from sandbox.people import Case
from sandbox.registry import Authority, Identity, sign_map

REGISTRY = "信阳市自然资源和规划局"


@dataclass(slots=True)
class RecordOffice:
    """Signs records as the registry does; the flaws of `Case.flaw` are made here, where a real registry would make them."""

    authority: Authority
    signer: Identity
    clock: Callable[[], datetime]
    _bad: dict[str, Identity] = field(default_factory=dict[str, Identity])
    _signing: threading.Lock = field(default_factory=threading.Lock)
    _signed: dict[tuple[str, int, str], bytes] = field(default_factory=dict[tuple[str, int, str], bytes])

    def record(self, case: Case) -> bytes:
        """The signed record of `case` (COSE_Sign1 over deterministic CBOR): made once for each version, as a registry would."""
        made = (case.certificate_id, case.version, case.flaw)
        with self._signing:
            if made not in self._signed:
                self._signed[made] = self._sign(case)
            return self._signed[made]

    def _sign(self, case: Case) -> bytes:
        signer = self._signer(case.flaw)
        signed = sign_map(Purpose.RECORD, self.content(case, signer), signer)
        if case.flaw == "tampered":
            return signed.replace("室".encode(), "屋".encode(), 1)
        return signed

    def search_result(self, applicant: Mapping[str, Any], cases: Sequence[Case], *, purpose: str, number: str) -> bytes:
        """The signed answer to a search: `applicant` is a party (name, document, number), `cases` what is registered for it."""
        content: dict[str, Any] = {
            "number": number,
            "registry": REGISTRY,
            "applicant": dict(applicant) | {"share": None},
            "purpose": purpose,
            "scope": "信阳市行政区域内的不动产登记信息",
            "searched_at": self.clock().replace(microsecond=0).isoformat(),
            "found": [_found(case) for case in cases],
            "note": "本证明仅反映查询时点的登记状况，不作为权属转移或者抵押的凭证。",
            "seal": seal(REGISTRY),
        }
        salt = sha256(number.encode()).digest()[:SALT_SIZE]
        claims = search_claims_of(content, salt=salt, signed_at=self.clock())
        code = sign_map(Purpose.CODE, claims, self.signer, by_key_id=True)
        return sign_map(Purpose.SEARCH, content | {"code": code}, self.signer)

    def content(self, case: Case, signer: Identity) -> dict[str, Any]:
        """The map of the record, with the code for the paper signed by `signer` (named by key id: the symbol stays small)."""
        collector = None
        if case.collector:
            collector = {"name": case.collector[0], "document": "身份证", "number": case.collector[1], "share": None}
        content: dict[str, Any] = {
            "certificate_id": "cert-0000001" if case.flaw == "other-certificate" else case.certificate_id,
            "version": case.version,
            "kind": case.kind,
            "number": case.number,
            "registry": REGISTRY,
            "registered_on": case.registered_on.isoformat(),
            case.kind: case.content,
            "collector": collector,
            "seal": seal(REGISTRY),
            "drawings": [parcel_drawing(), floor_plan()] if case.drawings else [],
            **({"edition": case.edition} if case.edition != "single" else {}),
        }
        salt = sha256(f"{case.certificate_id} {case.version}".encode()).digest()[:SALT_SIZE]
        claims = claims_of(content, salt=salt, signed_at=self.clock())
        return content | {"code": sign_map(Purpose.CODE, claims, signer, by_key_id=True)}

    def _signer(self, flaw: str) -> Identity:
        if flaw not in ("revoked-signer", "unknown-signer", "expired-signer"):
            return self.signer
        if flaw not in self._bad:
            now = self.clock()
            if flaw == "unknown-signer":
                self._bad[flaw] = Authority("Somebody else", now).issue("Somebody's signer")
            elif flaw == "expired-signer":
                self._bad[flaw] = self.authority.issue("Old signer", since=now - timedelta(days=20), days=10)
            else:
                self._bad[flaw] = self.authority.issue("Revoked signer")
                self.authority.revoke(self._bad[flaw], now)
        return self._bad[flaw]

    def prepare_flaws(self) -> None:
        """Make the revoked signer before the revocation list is fetched for the first time."""
        self._signer("revoked-signer")


def _found(case: Case) -> dict[str, str]:
    return {
        "number": case.number,
        "location": case.location,
        "unit_code": case.content["unit_code"],
        "right_type": case.content["right_type"],
        "area": case.area,
        "registered_on": case.registered_on.isoformat(),
        "state": "已查封" if case.availability is Availability.FROZEN else "正常",
    }


def seal(name: str) -> str:
    """A round red seal: the name along the rim, 不动产登记专用章 across the middle. No emblem."""
    middle = 60
    letters: list[str] = []
    span = math.radians(214)
    for index, char in enumerate(name):
        angle = -math.pi / 2 - span / 2 + span * (index + 0.5) / len(name)
        x, y = middle + 45 * math.cos(angle), middle + 45 * math.sin(angle)
        turn = math.degrees(angle) + 90
        letters.append(f'<text transform="translate({x:.2f} {y:.2f}) rotate({turn:.2f})" font-size="11.5">{char}</text>')
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120" width="40mm" height="40mm">'
        '<g fill="none" stroke="#c8161d"><circle cx="60" cy="60" r="57.5" stroke-width="3"/></g>'
        '<g fill="#c8161d" font-family="Noto Serif CJK SC" font-weight="bold" text-anchor="middle" dominant-baseline="central">'
        f"{''.join(letters)}"
        '<text x="60" y="67" font-size="13.5">不动产登记</text><text x="60" y="85" font-size="12.5">专用章</text></g></svg>'
    )


def parcel_drawing() -> str:
    """A 宗地图: boundary points, neighbours, north arrow."""
    points = [(60, 50), (250, 38), (268, 150), (170, 176), (58, 160)]
    outline = " ".join(f"{x},{y}" for x, y in points)
    marks = "".join(
        f'<circle cx="{x}" cy="{y}" r="3" fill="#fff" stroke="#000"/>'
        f'<text x="{x + (8 if x > 160 else -8)}" y="{y + (14 if y > 110 else -6)}" font-size="9" text-anchor="middle">J{i}</text>'
        for i, (x, y) in enumerate(points, start=1)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 220" font-family="Noto Serif CJK SC">'
        '<rect x="1" y="1" width="318" height="218" fill="none" stroke="#000"/>'
        f'<polygon points="{outline}" fill="none" stroke="#000" stroke-width="1.6"/>{marks}'
        '<text x="130" y="108" font-size="13">GB00012</text><text x="20" y="205" font-size="11">湖东大道</text>'
        '<path d="M292 22v34M292 22l-6 14h12z" stroke="#000"/><text x="287" y="18" font-size="11">北</text>'
        '<text x="120" y="212" font-size="10">宗地图 1:500</text></svg>'
    )


def floor_plan() -> str:
    """A 房屋平面图: rooms with their names."""
    rooms = [
        (30, 30, 110, 80, "客厅"),
        (140, 30, 80, 80, "主卧"),
        (220, 30, 70, 80, "次卧"),
        (30, 110, 60, 60, "厨房"),
        (90, 110, 50, 60, "卫"),
        (140, 110, 150, 60, "餐厅"),
    ]
    drawn = "".join(
        f'<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="none" stroke="#000" stroke-width="1.6"/>'
        f'<text x="{x + w / 2}" y="{y + h / 2 + 4}" font-size="11" text-anchor="middle">{name}</text>'
        for x, y, w, h, name in rooms
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 220" font-family="Noto Serif CJK SC">'
        f'<rect x="1" y="1" width="318" height="218" fill="none" stroke="#000"/>{drawn}'
        '<text x="160" y="205" font-size="10" text-anchor="middle">房屋平面图 1:200</text></svg>'
    )
