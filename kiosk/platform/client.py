"""The platform over HTTPS with this terminal's certificate.

Time-outs on everything and a deadline over the whole of a call, a limit on the size of an answer, and retries only where they are
safe: reading changes nothing, and every write carries an idempotency key under which the platform answers the same again. A
definite answer, yes or no, is never asked for twice. No personal data is ever in a URL, a log line or an exception.
"""

from __future__ import annotations

import json
import random
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import requests
from cryptography import x509
from pydantic import BaseModel, TypeAdapter, ValidationError
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from kiosk import events
from kiosk.platform.types import (
    Authorisation,
    Blank,
    CertificateProblem,
    CodeSent,
    IssuanceReport,
    JournalHead,
    Listing,
    PlatformBroken,
    PlatformUnreachable,
    PreGrants,
    Proof,
    Refused,
    Session,
    SignedTime,
    TerminalProfile,
    WireBytes,
)

MAX_ANSWER = 8 * 1024 * 1024
ATTEMPTS = 3
BACK_OFF_SECONDS = 0.3

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to connect, between two bytes, and for a whole call with all its retries."""

    connect: float = 3.0
    read: float = 10.0
    total: float = 20.0


class PlatformClient:
    """The calls of `kiosk.platform.types.Platform`. Thread-safe; each thread's connection is its own (requests' pool)."""

    def __init__(
        self,
        url: str,
        *,
        certificate: Path,
        key: Path,
        ca: Path,
        limits: Limits = Limits(),
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url.rstrip("/")
        self._limits = limits
        self._sleep = sleep
        self._jitter = jitter
        self._monotonic = monotonic
        self._session = requests.Session()
        self._session.trust_env = False
        self._expires = _expiry(certificate)
        self._session.mount("https://", _MutualTls(_context(certificate, key, ca), pool_maxsize=4))

    def close(self) -> None:
        self._session.close()

    def profile(self) -> TerminalProfile:
        return self._value(TerminalProfile, "GET", "/v1/profile")

    def time(self) -> SignedTime:
        return self._value(SignedTime, "GET", "/v1/time")

    def revocations(self) -> list[bytes]:
        return list(self._value(_Crls, "GET", "/v1/revocations").crls)

    def blanks(self) -> list[Blank]:
        return list(self._value(_Blanks, "GET", "/v1/blanks").blanks)

    def journal_head(self) -> JournalHead | None:
        """The newest head of this terminal's journal that the platform has."""
        return self._value(_Head, "GET", "/v1/journal-heads").head

    def open_session(self, proof: Proof, *, idempotency_key: str) -> Session:
        return self._value(Session, "POST", "/v1/sessions", {"proof": _wire(proof)}, idempotency_key)

    def add_proof(self, session_id: str, proof: Proof, *, idempotency_key: str) -> Session:
        return self._value(Session, "POST", f"/v1/sessions/{session_id}/proofs", {"proof": _wire(proof)}, idempotency_key)

    def send_one_time_code(self, session_id: str, *, idempotency_key: str) -> CodeSent:
        return self._value(CodeSent, "POST", f"/v1/sessions/{session_id}/one-time-codes", None, idempotency_key)

    def close_session(self, session_id: str) -> None:
        self._call("DELETE", f"/v1/sessions/{session_id}", None, f"close-{session_id}"[:64])

    def listings(self, session_id: str) -> list[Listing]:
        return list(self._value(_Listings, "GET", f"/v1/sessions/{session_id}/registrations").registrations)

    def authorise(self, session_id: str, certificate_id: str, record_version: int, *, idempotency_key: str) -> Authorisation:
        body = {"session_id": session_id, "certificate_id": certificate_id, "record_version": record_version}
        return self._value(Authorisation, "POST", "/v1/authorisations", body, idempotency_key)

    def pre_grants(self, held: Sequence[str], *, idempotency_key: str) -> PreGrants:
        return self._value(PreGrants, "POST", "/v1/pre-grants", {"held": list(held)}, idempotency_key)

    def renew(self, authorisation_id: str, *, idempotency_key: str) -> Authorisation:
        return self._value(Authorisation, "POST", f"/v1/authorisations/{authorisation_id}/renewal", None, idempotency_key)

    def give_back(self, authorisation_id: str, *, idempotency_key: str) -> None:
        self._call("POST", f"/v1/authorisations/{authorisation_id}/return", None, idempotency_key)

    def report(self, report: IssuanceReport, *, idempotency_key: str) -> None:
        self._call("POST", "/v1/issuance-reports", report.model_dump(mode="json"), idempotency_key)

    def deliver(self, path: str, body: bytes, *, idempotency_key: str) -> None:
        self._call("POST", path, json.loads(body), idempotency_key)

    # ---- within --------------------------------------------------------------------------------------------------------

    def _value(
        self, kind: type[Model], method: str, path: str, body: dict[str, Any] | None = None, key: str | None = None
    ) -> Model:
        content = self._call(method, path, body, key)
        try:
            return TypeAdapter(kind).validate_json(content)
        except ValidationError as reason:
            # The reason may quote the answer, which may hold personal data: only how many fields were wrong goes on.
            raise PlatformBroken(f"answer to {method} {_shape(path)} does not fit: {reason.error_count()} fields") from None

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None, key: str | None = None) -> bytes:
        deadline = self._monotonic() + self._limits.total
        failure: PlatformUnreachable | PlatformBroken | None = None
        for attempt in range(ATTEMPTS):
            if attempt:
                pause = BACK_OFF_SECONDS * 2**attempt * (0.5 + self._jitter())
                if self._monotonic() + pause >= deadline:
                    break
                self._sleep(pause)
            try:
                return self._once(method, path, body, key, deadline)
            except (PlatformUnreachable, PlatformBroken) as reason:
                events.LINK_RETRY.tell(method=method, path=_shape(path), attempt=attempt + 1, kind=type(reason).__name__)
                failure = reason
        assert failure is not None
        raise failure

    def _once(self, method: str, path: str, body: dict[str, Any] | None, key: str | None, deadline: float) -> bytes:
        headers = {"Accept": "application/json, application/problem+json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        left = max(0.05, deadline - self._monotonic())
        try:
            with self._session.request(
                method,
                self._url + path,
                json=body,
                headers=headers,
                timeout=(min(self._limits.connect, left), min(self._limits.read, left)),
                stream=True,
                allow_redirects=False,
            ) as answer:
                content = self._content(answer, deadline)
        except requests.exceptions.SSLError:
            raise CertificateProblem(f"TLS with the platform failed at {method} {_shape(path)}") from None
        except (requests.exceptions.RequestException, HTTPError, OSError) as reason:
            # With TLS 1.3 a refused certificate may show as an alert, or as a connection that ends after the handshake.
            if _is_tls(reason) or datetime.now(UTC) > self._expires:
                raise CertificateProblem(f"the platform refused our certificate at {method} {_shape(path)}") from None
            raise PlatformUnreachable(f"{method} {_shape(path)}: {type(reason).__name__}") from None
        if answer.status_code < 300:
            return content
        raise self._refusal(answer, content, f"{method} {_shape(path)}")

    def _content(self, answer: requests.Response, deadline: float) -> bytes:
        """The whole body, within size and time; a body shorter than announced is no answer."""
        content = bytearray()
        for chunk in answer.iter_content(16 * 1024):
            content += chunk
            if len(content) > MAX_ANSWER:
                raise PlatformBroken("answer too large")
            if self._monotonic() > deadline:
                raise PlatformUnreachable("answer too slow")
        announced = answer.headers.get("Content-Length", "")
        if announced.isdigit() and "Content-Encoding" not in answer.headers and len(content) < int(announced):
            raise PlatformUnreachable("answer cut off")
        return bytes(content)

    def _refusal(self, answer: requests.Response, content: bytes, what: str) -> Refused | PlatformBroken:
        if answer.headers.get("Content-Type", "").split(";")[0] != "application/problem+json":
            return PlatformBroken(f"{what}: status {answer.status_code} without a reason")
        try:
            problem: object = json.loads(content)
        except (ValueError, RecursionError):
            return PlatformBroken(f"{what}: status {answer.status_code} with a broken reason")
        if not isinstance(problem, dict):
            return PlatformBroken(f"{what}: status {answer.status_code} with a broken reason")
        members = cast("dict[str, Any]", problem)
        kind = members.get("type")
        code = kind.rstrip("/").rsplit("/", 1)[-1] if isinstance(kind, str) else ""
        if not code or len(code) > 64 or answer.status_code >= 500:
            return PlatformBroken(f"{what}: status {answer.status_code}")
        known = ("attempts_left", "retry_after_seconds")
        facts: dict[str, str | int] = {name: members[name] for name in known if isinstance(members.get(name), int)}
        return Refused(code, answer.status_code, facts)


class _Crls(BaseModel):
    crls: tuple[WireBytes, ...]


class _Head(BaseModel):
    head: JournalHead | None


class _Blanks(BaseModel):
    blanks: tuple[Blank, ...]


class _Listings(BaseModel):
    registrations: tuple[Listing, ...]


class _MutualTls(HTTPAdapter):
    """requests' adapter with one ready TLS context; certificates are read once, and a bad file is known at start."""

    def __init__(self, context: ssl.SSLContext, **more: Any) -> None:
        self._context = context
        super().__init__(**more)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing to add: the context demands and checks the platform's certificate."""


def _context(certificate: Path, key: Path, ca: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cafile=ca)
    except (OSError, ssl.SSLError):
        raise CertificateProblem(f"{ca}: the platform's TLS authority cannot be read") from None
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError):
        raise CertificateProblem(f"{certificate}: this terminal's certificate and key cannot be used") from None
    return context


def _expiry(certificate: Path) -> datetime:
    try:
        return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        raise CertificateProblem(f"{certificate}: this terminal's certificate cannot be read") from None


def _is_tls(reason: BaseException) -> bool:
    """Whether an SSL alert lies behind this failure (a refused client certificate shows up at the first read)."""
    seen: BaseException | None = reason
    while seen is not None:
        if isinstance(seen, ssl.SSLError) or any(isinstance(argument, ssl.SSLError) for argument in seen.args):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _shape(path: str) -> str:
    """A path without its identifiers, for logs."""
    return "/".join(part if len(part) < 24 else "…" for part in path.split("/"))


def _wire(proof: Proof) -> dict[str, Any]:
    # What a proof does not have is left out: a platform that knows no more than it needs takes it all the same.
    return proof.model_dump(mode="json", exclude_none=True)
