"""The contract (`kiosk/platform/openapi.yaml`) around the core: HTTP, mTLS identity, idempotency keys, RFC 9457 problems.

A terminal is whoever the client certificate's common name says; nothing in a request can claim to be another.
"""

from __future__ import annotations

import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any

from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Depends, FastAPI, Header, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from kiosk.platform.types import Evaluation, IssuanceReport, JournalHead, Proof, StaffCall
from sandbox.platform.core import Core
from sandbox.platform.paper import Problem

PROBLEM_TYPE = "https://dazheng.example/problems/"
MEDIA_TYPE = "application/problem+json"
MAX_BODY = 16 * 1024

Opaque = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
RequestKey = Annotated[str, Path(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SessionRequest(_Body):
    proof: Proof


class AuthorisationRequest(_Body):
    session_id: Annotated[str, Field(min_length=1, max_length=64)]
    certificate_id: Annotated[str, Field(min_length=1, max_length=64)]
    record_version: Annotated[int, Field(ge=1, le=1_000_000)]


class PreGrantRequest(_Body):
    held: Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(max_length=1000)]


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer that was given."""

    fingerprint: bytes
    status: int
    body: bytes


class Replays:
    """Answers by (terminal, idempotency key): the same key with the same request gets the same answer again."""

    def __init__(self) -> None:
        self.on_write: Callable[[], None] = lambda: None
        """Called after every write, before its answer leaves."""
        self.kept: dict[tuple[str, str], Kept] = {}
        self._lock = threading.Lock()

    def answer(self, terminal_id: str, key: str, request: bytes, act: Callable[[], tuple[int, bytes]]) -> tuple[int, bytes]:
        """The kept answer, or that of `act`, kept. A refusal is not kept: it changed nothing and may be different next time."""
        fingerprint = sha256(request).digest()
        with self._lock:
            kept = self.kept.get((terminal_id, key))
            if kept is not None:
                if kept.fingerprint != fingerprint:
                    raise Problem("idempotency-key-reused", 422)
                return kept.status, kept.body
            status, body = act()
            self.kept[terminal_id, key] = Kept(fingerprint, status, body)
            self.on_write()
            return status, body


def terminal_of(request: Request) -> str:
    """The common name of the TLS client certificate (put into the scope by the server)."""
    return str(request.state.terminal)


Terminal = Annotated[str, Depends(terminal_of)]


def make_app(core: Core, replays: Replays | None = None) -> FastAPI:
    """The sandbox platform's HTTP application."""
    app = FastAPI(title="Dazheng platform", openapi_url=None, docs_url=None, redoc_url=None)
    given = replays or Replays()

    def write(
        terminal: str, key: str, request: Request, body: BaseModel | None, act: Callable[[], BaseModel | None], status: int
    ) -> Response:
        def run() -> tuple[int, bytes]:
            result = act()
            return (status, b"") if result is None else (status, result.model_dump_json().encode())

        fingerprint = f"{request.method} {request.url.path}\n".encode() + (body.model_dump_json().encode() if body else b"")
        code, content = given.answer(terminal, key, fingerprint, run)
        return Response(content, code, media_type="application/json" if content else None)

    api = APIRouter(prefix="/v1")

    @api.get("/profile")
    def profile(terminal: Terminal) -> Response:
        return _json(core.profile(terminal))

    @api.get("/time")
    def time(terminal: Terminal) -> Response:
        core.profile(terminal)
        return _json(core.time())

    @api.get("/revocations")
    def revocations(terminal: Terminal) -> JSONResponse:
        core.profile(terminal)
        now = core.clock()
        crls = [core.office.authority.crl(now), core.platform_authority.crl(now)]
        return JSONResponse({"crls": [_text(crl.public_bytes(Encoding.DER)) for crl in crls]})

    @api.get("/blanks")
    def blanks(terminal: Terminal) -> JSONResponse:
        core.profile(terminal)
        return JSONResponse({"blanks": [blank.model_dump(mode="json") for blank in core.blanks_of(terminal)]})

    @api.post("/sessions")
    def open_session(terminal: Terminal, key: Key, request: Request, body: SessionRequest) -> Response:
        return write(terminal, key, request, body, lambda: core.open_session(terminal, body.proof), 201)

    @api.post("/sessions/{session_id}/proofs")
    def add_proof(terminal: Terminal, key: Key, request: Request, session_id: Opaque, body: SessionRequest) -> Response:
        return write(terminal, key, request, body, lambda: core.add_proof(terminal, session_id, body.proof), 200)

    @api.post("/sessions/{session_id}/one-time-codes")
    def send_one_time_code(terminal: Terminal, key: Key, request: Request, session_id: Opaque) -> Response:
        return write(terminal, key, request, None, lambda: core.send_one_time_code(terminal, session_id), 202)

    @api.delete("/sessions/{session_id}")
    def close_session(terminal: Terminal, key: Key, request: Request, session_id: Opaque) -> Response:
        return write(terminal, key, request, None, lambda: core.close_session(terminal, session_id), 204)

    @api.get("/sessions/{session_id}/registrations")
    def registrations(terminal: Terminal, session_id: Opaque) -> JSONResponse:
        listings = core.listings(terminal, session_id)
        return JSONResponse({"registrations": [listing.model_dump(mode="json") for listing in listings]})

    @api.post("/authorisations")
    def authorise(terminal: Terminal, key: Key, request: Request, body: AuthorisationRequest) -> Response:
        return write(
            terminal, key, request, body,
            lambda: core.authorise(terminal, body.session_id, body.certificate_id, body.record_version, key), 201,
        )  # fmt: skip

    @api.post("/authorisation-requests/{request_key}/return")
    def withdraw_request(terminal: Terminal, key: Key, request: Request, request_key: RequestKey) -> Response:
        return write(terminal, key, request, None, lambda: core.withdraw_request(terminal, request_key), 204)

    @api.post("/pre-grants")
    def pre_grants(terminal: Terminal, key: Key, request: Request, body: PreGrantRequest) -> Response:
        return write(terminal, key, request, body, lambda: core.pre_grants(terminal, body.held), 200)

    @api.post("/authorisations/{authorisation_id}/renewal")
    def renew(terminal: Terminal, key: Key, request: Request, authorisation_id: Opaque) -> Response:
        return write(terminal, key, request, None, lambda: core.renew(terminal, authorisation_id), 200)

    @api.post("/authorisations/{authorisation_id}/return")
    def give_back(terminal: Terminal, key: Key, request: Request, authorisation_id: Opaque) -> Response:
        return write(terminal, key, request, None, lambda: core.give_back(terminal, authorisation_id), 204)

    @api.post("/issuance-reports")
    def report(terminal: Terminal, key: Key, request: Request, body: IssuanceReport) -> Response:
        return write(terminal, key, request, body, lambda: core.report(terminal, body), 204)

    @api.get("/journal-heads")
    def journal_head(terminal: Terminal) -> JSONResponse:
        core.profile(terminal)
        head = core.journal_head(terminal)
        return JSONResponse({"head": None if head is None else head.model_dump(mode="json")})

    @api.post("/journal-heads")
    def keep_journal_head(terminal: Terminal, key: Key, request: Request, body: JournalHead) -> Response:
        return write(terminal, key, request, body, lambda: core.keep_journal_head(terminal, body), 204)

    @api.post("/staff-calls")
    def call_staff(terminal: Terminal, key: Key, request: Request, body: StaffCall) -> Response:
        return write(terminal, key, request, body, lambda: core.call_staff(terminal, body), 204)

    @api.post("/evaluations")
    def evaluate(terminal: Terminal, key: Key, request: Request, body: Evaluation) -> Response:
        return write(terminal, key, request, body, lambda: core.evaluate(terminal, body), 204)

    app.include_router(api)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    return app


def _json(value: BaseModel) -> Response:
    return Response(value.model_dump_json(), media_type="application/json")


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode()


def _answer(code: str, status: int, facts: dict[str, Any]) -> JSONResponse:
    body = {"type": PROBLEM_TYPE + code, "title": code.replace("-", " "), "status": status, **facts}
    return JSONResponse(body, status, media_type=MEDIA_TYPE)


def _problem(_: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, Problem)
    return _answer(problem.code, problem.status, problem.facts)


def _invalid(_: Request, __: Exception) -> JSONResponse:
    return _answer("invalid-request", 422, {})


def _http(_: Request, problem: Exception) -> JSONResponse:
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    return _answer({404: "no-such-resource", 405: "no-such-method"}.get(status, "invalid-request"), status, {})
