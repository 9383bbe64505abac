"""The sandbox platform as a running HTTPS server: mutual TLS on a free loopback port, with faults on command.

    with SandboxPlatform(directory) as platform:
        platform.url, platform.files.terminal_certificate, …

Faults (`fault`): "500", "garbage", "half" (a body cut off), "nothing" (accepts and never answers), "slow" (answers late),
"cut" (nobody listens), "expired" (the server's certificate is out of date), "lost" (does what it is asked, and the answer is lost on
the way). `fault(None)` mends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, cast

import uvicorn
from cryptography.hazmat.primitives.serialization import Encoding
from uvicorn.protocols.http.h11_impl import H11Protocol

from kiosk.platform.types import TerminalProfile
from sandbox.people import BY_SLUG, PEOPLE, Person
from sandbox.platform.app import Replays, make_app
from sandbox.platform.core import REQUIRED_LEVEL, Core
from sandbox.platform.memory import Memory
from sandbox.platform.records import RecordOffice
from sandbox.registry import Authority, Identity, bundle

Fault = Literal["500", "garbage", "half", "nothing", "slow", "cut", "expired", "lost"]
TERMINAL = "xy-hall-01"
SLOW_SECONDS = 4.0
SILENCE_SECONDS = 0.2
"""How often one that says nothing looks whether it may speak again."""


@dataclass(frozen=True, slots=True)
class Files:
    """What a terminal gets from its integrator, as files."""

    tls_ca: Path
    terminal_certificate: Path
    terminal_key: Path
    registry_root: Path
    platform_root: Path

    def settings(self, terminal: str, url: str) -> str:
        """How a settings file begins (TOML): which terminal it is, where its platform is, and whom it believes."""
        return f"""terminal_id = "{terminal}"
[platform]
url = "{url}"
certificate = "{self.terminal_certificate}"
key = "{self.terminal_key}"
ca = "{self.tls_ca}"
[trust]
registry_root = "{self.registry_root}"
platform_root = "{self.platform_root}"
"""


class SandboxPlatform:
    """The integrated platform, registry and phone network of a made-up Xinyang."""

    def __init__(
        self,
        directory: Path,
        *,
        people: Sequence[Person] = PEOPLE,
        terminals: Sequence[str] = (TERMINAL, "xy-hall-02", "xy-town-001"),
        clock: Callable[[], datetime] | None = None,
        memory: Path | None = None,
        port: int = 0,
        addresses: Sequence[str] = (),
    ) -> None:
        """`port`: 0 takes a free one. `addresses`: under which it is reached, besides loopback. `memory`: a file that has what the platform knows, for one that may be killed and starts again elsewhere."""
        self.clock = clock or (lambda: datetime.now(UTC))
        self._directory = directory
        now = self.clock()
        self._tls = Authority("TLS root", now)
        self.registry = Authority("Xinyang registry root", now)
        self.authority = Authority("Xinyang platform root", now)
        signer = self.authority.issue("Platform signer")
        office = RecordOffice(self.registry, self.registry.issue("Registry signer"), self.clock)
        office.prepare_flaws()
        profiles = {name: profile_of(name) for name in terminals}
        self.core = Core(people, office, self.authority, signer, profiles, self.clock)
        self._identities = {name: self._tls.issue(name, client=True) for name in terminals}
        replays = Replays()
        self.memory = Memory(memory, self.core, replays) if memory else None
        if self.memory:
            replays.on_write = self.memory.save
        self._app = _Faulty(make_app(self.core, replays))
        self._port = port
        self._addresses = addresses
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._expired = False
        self.files = self.files_of(TERMINAL)

    # ---- running -------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._port}"

    def start(self) -> str:
        """Listen (again on the same port after `stop`) and return the URL."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        certificate, key = self._server_files()
        config = uvicorn.Config(
            cast(Any, self._app),
            http=_MutualTls,
            lifespan="off",
            log_level="critical",
            access_log=False,
            ssl_certfile=str(certificate),
            ssl_keyfile=str(key),
            ssl_ca_certs=str(self.files.tls_ca),
            ssl_cert_reqs=ssl.CERT_REQUIRED,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        self._server = server
        self._thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), name="platform", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 20
        while not server.started and self._thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.005)
        if not server.started:
            raise RuntimeError("the sandbox platform did not start")
        return self.url

    def stop(self) -> None:
        """Nobody listens any more; what the core knows stays."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(10)
        self._server = self._thread = None

    def fault(self, fault: Fault | None) -> None:
        """Break something, or mend everything."""
        self._app.fault = fault
        running = self._server is not None
        wants_expired = fault == "expired"
        if fault == "cut" or wants_expired != self._expired:
            self.stop()
            running = False
        self._expired = wants_expired
        if not running and fault != "cut":
            self.start()

    # ---- people --------------------------------------------------------------------------------------------------------

    def appointment_code(self, slug: str, terminal: str = TERMINAL, **times: timedelta) -> bytes:
        """A fresh appointment code on this person's phone, for the hall of `terminal` and the next two hours."""
        return self.code_of(BY_SLUG[slug], terminal, **times)

    def code_of(self, person: Person, terminal: str, **times: timedelta) -> bytes:
        """The same for anybody whom this platform knows."""
        return self.core.appointment_code(person, profile_of(terminal).hall, **times)

    def phone(self, slug: str) -> list[str]:
        """The digits of the one-time codes that arrived on this person's phone, oldest first."""
        return [message.digits for message in self.core.messages if message.phone == BY_SLUG[slug].phone]

    # ---- files ---------------------------------------------------------------------------------------------------------

    def files_of(self, terminal: str) -> Files:
        """Write out what the terminal called `terminal` gets from its integrator."""
        self._directory.mkdir(parents=True, exist_ok=True)
        identity = self._identities[terminal]
        return Files(
            tls_ca=self._write("tls-ca.pem", self._tls.root.certificate_pem),
            terminal_certificate=self._write(f"{terminal}.pem", identity.certificate_pem),
            terminal_key=self._write(f"{terminal}.key", identity.key_pem),
            registry_root=self._write(
                "registry.pem", bundle([self.registry.root.certificate, self.core.office.signer.certificate])
            ),
            platform_root=self._write(
                "platform.pem", bundle([self.authority.root.certificate, self.core.platform_signer.certificate])
            ),
        )

    def client_identity(self, name: str, **more: Any) -> Identity:
        """Another client certificate of the same TLS authority, for tests of wrong and expired ones."""
        return self._tls.issue(name, client=True, **more)

    def crls(self) -> list[bytes]:
        """The present revocation lists (DER)."""
        now = self.clock()
        return [authority.crl(now).public_bytes(Encoding.DER) for authority in (self.registry, self.authority)]

    def _server_files(self) -> tuple[Path, Path]:
        if self._expired:
            server = self._tls.issue(
                "platform", server=True, since=self.clock() - timedelta(days=30), days=10, addresses=self._addresses
            )
        else:
            server = self._tls.issue("platform", server=True, addresses=self._addresses)
        return self._write("server.pem", server.certificate_pem), self._write("server.key", server.key_pem)

    def _write(self, name: str, content: bytes) -> Path:
        path = self._directory / name
        path.write_bytes(content)
        path.chmod(0o600)
        return path


def profile_of(terminal: str) -> TerminalProfile:
    """What the platform says about one of its terminals."""
    town = terminal.startswith("xy-town")
    return TerminalProfile(
        terminal_id=terminal,
        hall="xy-shihe-dongshuanghe" if town else "xy-city-hall",
        hall_name="东双河镇便民服务中心" if town else "信阳市民服务中心",
        city="信阳市",
        city_en="Xinyang",
        counter="1" if town else "3",
        staff="王芳",
        staff_en="Ms Wang",
        staff_minutes=3,
        services=REQUIRED_LEVEL,
        pre_grants=40 if town else 0,
    )


class _MutualTls(H11Protocol):
    """Puts the client certificate's common name where the application can see it; uvicorn itself does not."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        peer: dict[str, Any] = transport.get_extra_info("peercert") or {}
        names = [value for part in peer.get("subject", ()) for name, value in part if name == "commonName"]
        self.app_state = {**self.app_state, "terminal": names[-1] if names else ""}


class _Faulty:
    """An ASGI application that misbehaves on command."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.fault: Fault | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or self.fault in (None, "cut", "expired"):
            await self._app(scope, receive, send)
            return
        if self.fault == "slow":
            await asyncio.sleep(SLOW_SECONDS)
            await self._app(scope, receive, send)
            return
        if self.fault == "nothing":
            await self._says_nothing(receive)
            return
        if self.fault == "lost":
            await self._app(scope, receive, _swallow)
        status, length, body = {
            "lost": (200, 4096, b"{"),
            "500": (500, 21, b"Internal Server Error"),
            "garbage": (200, 24, b"\x00\xff{]not json at all\x80\x81\x82\x83\x84"),
            "half": (200, 4096, b'{"session_id": "'),
        }[cast(str, self.fault)]
        headers = [(b"content-type", b"application/json"), (b"content-length", str(length).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body[:length]})

    async def _says_nothing(self, receive: Any) -> None:
        """Until whoever asked hangs up, or the fault is over."""
        with contextlib.suppress(asyncio.CancelledError):
            while self.fault == "nothing":
                with contextlib.suppress(TimeoutError):
                    if (await asyncio.wait_for(receive(), SILENCE_SECONDS))["type"] == "http.disconnect":
                        return


async def _swallow(_: Any) -> None:
    """An answer that reaches nobody."""
