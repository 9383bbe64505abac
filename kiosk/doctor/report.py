"""The readiness report: a page to keep, signed with the terminal's own key.

The signature lies beside the page (``.sig``, DER, ECDSA or RSA with SHA-256 over the PDF's bytes), so that anybody can check it:
``openssl dgst -sha256 -verify PUBLIC-KEY -signature report.pdf.sig report.pdf``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import typst
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from kiosk.doctor.findings import Finding, worst

TEMPLATE = """
#let report = json(bytes(sys.inputs.report))
#set page(paper: "a4", margin: 18mm)
#set text(size: 10pt)
= Readiness report
Terminal #report.terminal · #report.at · verdict: *#report.verdict*
#v(4mm)
#table(columns: (auto, auto, 1fr, 1fr), align: left,
  [*part*], [*verdict*], [*said*], [*to do*],
  ..report.findings.map(f => (f.part, f.verdict, f.said, f.do)).flatten())
"""


class KeyUnfit(Exception):
    """The terminal's key cannot be read, or is of a kind that does not sign."""


def write_report(path: Path, findings: Sequence[Finding], terminal: str, at: datetime, key: Path) -> None:
    """Write the PDF to `path` and its signature beside it. Raises `KeyUnfit`, OSError."""
    page = {
        "terminal": terminal,
        "at": at.isoformat(timespec="seconds"),
        "verdict": worst(findings).value,
        "findings": [finding.as_fields() for finding in findings],
    }
    pdf = typst.compile(TEMPLATE.encode(), sys_inputs={"report": json.dumps(page, ensure_ascii=False)})
    path.write_bytes(pdf)
    path.with_name(path.name + ".sig").write_bytes(_signature(pdf, key))


def _signature(content: bytes, key: Path) -> bytes:
    try:
        private = serialization.load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        raise KeyUnfit(f"{key}: no key can be read from it") from None
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.sign(content, ec.ECDSA(hashes.SHA256()))
    if isinstance(private, rsa.RSAPrivateKey):
        return private.sign(content, padding.PKCS1v15(), hashes.SHA256())
    raise KeyUnfit(f"{key}: neither an elliptic-curve nor an RSA key")
