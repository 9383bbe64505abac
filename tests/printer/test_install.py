"""The guard put in front of a printer by one command: on a stock cupsd, and for every kind of device URI."""

from __future__ import annotations

import os
import pwd
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.doctor.examination import of_queue
from kiosk.doctor.findings import Verdict, of_device
from peripherals.printer import CupsPrinter, GuardEvidence, OnceGuard, PrinterEvidence
from peripherals.printer.guard_install import InstallRefused, Places, add_queue, complaints, install
from peripherals.printer.ipp import JobState
from sandbox.devices.cups import DRIVER_FOLDER, QUEUE, CupsDaemon
from sandbox.devices.printer import VirtualPrinter
from tests.journeys.office import keypair
from tests.printer.conftest import PATIENCE, SERIALS, eventually, page_of

BACKEND = DRIVER_FOLDER / "once_backend"
USER = pwd.getpwuid(os.geteuid()).pw_name if os.geteuid() else "lp"
GROUP = "lp" if os.geteuid() == 0 else ""


class StockDaemon(CupsDaemon):
    """A cupsd as Debian leaves it: none of our settings, no guard, and what is changed by hand stays."""

    def __init__(self) -> None:
        super().__init__(guarded=False, dirty_clean_seconds=30)
        self._laid_out = False

    @property
    def places(self) -> Places:
        directory = self.backends.parent.parent
        return Places(
            server_bin=directory / "bin",
            cupsd_conf=directory / "cupsd.conf",
            files_conf=directory / "cups-files.conf",
            guard_directory=directory / "guard",
            user=USER,
            group=GROUP,
        )

    def _lay_out(self) -> None:
        if self._laid_out:
            return
        super()._lay_out()
        (self.backends / "once").unlink()
        text = self.places.cupsd_conf.read_text()
        self.places.cupsd_conf.write_text(text.replace("JobRetryLimit 1", "ErrorPolicy retry-job"))
        self._laid_out = True


@pytest.fixture
def daemon() -> Iterator[StockDaemon]:
    if os.geteuid() != 0:
        pytest.skip("installing is root's")
    with StockDaemon() as started:
        yield started


@pytest.mark.device
def test_one_command_puts_it_in_front_of_the_printer(daemon: StockDaemon, tmp_path: Path) -> None:
    places, server = daemon.places, str(daemon.socket_path)
    assert len(complaints(places, server, QUEUE)) > 5
    assert len(install(places)) == 4
    assert install(places) == [], "again changes nothing"
    daemon.stop()
    daemon.start()
    with VirtualPrinter(tmp_path / "outlet", seconds=0.4, blanks=SERIALS) as unit:
        add_queue(server, QUEUE, unit.uri)
        assert complaints(places, server, QUEUE) == []
        guard = OnceGuard(places.guard_directory)
        printer = CupsPrinter(queue=QUEUE, server=server, guard=guard)
        job = printer.submit("a1b2c3.1", page_of("x"))
        eventually(lambda: unit.working_on == "a1b2c3.1")
        started = (next(places.guard_directory.iterdir()) / "started").stat()
        assert pwd.getpwuid(started.st_uid).pw_name == "lp", "the backend runs as the least user"
        daemon.kill()
        daemon.start()
        assert printer.wait(job, give_up_seconds=PATIENCE).completed
        eventually(lambda: not guard.running("a1b2c3.1") and all(report.state.ended for report in printer.jobs()))
        assert len(unit.printed) == 1
    before = places.cupsd_conf.with_name("cupsd.conf.before-dazheng").read_text()
    assert "ErrorPolicy retry-job" in before
    assert "retry-job" not in places.cupsd_conf.read_text()
    assert "<Policy default>" in places.cupsd_conf.read_text(), "sections are left as they were"


@pytest.mark.device
def test_what_is_not_as_it_must_be_is_said(daemon: StockDaemon) -> None:
    places, server = daemon.places, str(daemon.socket_path)
    install(places)
    places.backend.chmod(0o700)
    places.guard_directory.chmod(0o755)
    daemon.add_queue("socket://127.0.0.1:9")
    said = "\n".join(complaints(places, server, QUEUE))
    for words in ("runs a backend that others may not run as root", "mode 2770", "does not print through the once-guard"):
        assert words in said
    with pytest.raises(InstallRefused):
        install(Places(server_bin=Path("/nowhere"), user=USER, group=GROUP))
    with pytest.raises(InstallRefused):
        add_queue("/no/such.sock", QUEUE, "ipp://printer")


@pytest.mark.parametrize(
    "uri",
    [
        "ipp://printer.local/ipp/print",
        "ipps://printer.local:443/ipp/print",
        "usb://HP/LaserJet%20P2055dn?serial=VNB3G12345",
        "socket://192.0.2.7:9100/?waiteof=false",
    ],
)
def test_every_kind_of_device_uri_goes_through_once(tmp_path: Path, uri: str) -> None:
    """As CUPS runs it: the real backend gets the device's own URI, the job's arguments and the document; the second time nobody does."""
    record = tmp_path / "record"
    (tmp_path / "bin" / "backend").mkdir(parents=True)
    (tmp_path / "once").mkdir()
    real = tmp_path / "bin" / "backend" / uri.partition(":")[0]
    real.write_text(f'#!/bin/sh\n{{ echo "$DEVICE_URI"; echo "$0"; echo "$@"; cat; }} >>"{record}"\n')
    real.chmod(0o755)
    (tmp_path / "page.pdf").write_bytes(b"%PDF-1.7 page\n")
    environment = {
        "DEVICE_URI": f"once:{uri}",
        "CUPS_SERVERBIN": str(tmp_path / "bin"),
        "DAZHENG_ONCE_DIRECTORY": str(tmp_path / "once"),
    }

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-IS", str(BACKEND), "7", "kiosk", "a1b2c3.1", "1", "media=A4", str(tmp_path / "page.pdf")]
        return subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=60)

    assert run().returncode == 0
    assert record.read_text() == f"{uri}\n{real}\n7 kiosk a1b2c3.1 1 media=A4\n%PDF-1.7 page\n"
    again = run()
    assert again.returncode == 5, "CUPS cancels the job"
    assert "com.dazheng.once-refused-error" in again.stderr
    assert record.read_text().count("%PDF") == 1
    assert OnceGuard(tmp_path / "once").evidence("a1b2c3.1") is GuardEvidence.DELIVERED


@pytest.mark.device
def test_a_printer_behind_tls_gets_the_page_once_though_the_scheduler_dies(tmp_path: Path) -> None:
    """ipps: CUPS's own backend speaks TLS to it through the guard, and the terminal asks the printer itself over TLS."""
    keypair(tmp_path, "unit")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "unit.crt", tmp_path / "unit.pem")
    with VirtualPrinter(tmp_path / "outlet", seconds=0.4, blanks=SERIALS, tls=tls) as unit, CupsDaemon() as daemon:
        assert unit.uri.startswith("ipps:")
        daemon.add_queue(unit.uri)
        guard = OnceGuard(daemon.guard_directory)
        printer = CupsPrinter(queue=QUEUE, server=str(daemon.socket_path), guard=guard)
        assert printer.look().usable
        job = printer.submit("a1b2c3.1", page_of("tls"))
        eventually(lambda: unit.working_on == "a1b2c3.1")
        daemon.kill()
        daemon.start()
        assert printer.wait(job, give_up_seconds=PATIENCE).completed
        eventually(lambda: not guard.running("a1b2c3.1") and all(report.state.ended for report in printer.jobs()))
        assert len(unit.printed) == 1
        assert printer.ask_printer("a1b2c3.1") is PrinterEvidence.PRINTED


VENDORS_BACKEND = """#!/bin/sh
[ $# -eq 0 ] && exit 0
if [ -e "$TMPDIR/hot" ]; then echo "STATE: +com.vendor-fuser-hot-error" >&2; exit 1; fi
cat > /dev/null
"""
"""Says what is wrong with its printer in its maker's words, and only while a job runs."""


@pytest.mark.device
def test_the_last_word_of_a_printer_that_cannot_be_asked_stands_until_a_page_came_out() -> None:
    with CupsDaemon() as daemon:
        backend = daemon.backends / "vendor"
        backend.write_text(VENDORS_BACKEND)
        backend.chmod(0o755)
        daemon.add_queue("vendor://somewhere")
        printer = CupsPrinter(queue=QUEUE, server=str(daemon.socket_path), guard=OnceGuard(daemon.guard_directory))
        hot = daemon.spool / "tmp" / "hot"
        hot.touch()
        assert not printer.wait(printer.submit("a1b2c3.1", page_of("hot")), give_up_seconds=PATIENCE).completed
        eventually(lambda: printer.look().reasons == ("other", "com.vendor-fuser-hot", "said-by-last-job"))
        assert "test page" in of_device("printer", printer.status()).do
        hot.unlink()
        assert not printer.look().usable
        assert printer.wait(printer.submit("test-1.1", page_of("test page")), give_up_seconds=PATIENCE).completed
        eventually(lambda: printer.look().reasons == ())


@pytest.mark.device
def test_a_printer_on_a_raw_socket_gets_the_page_once() -> None:
    """No IPP behind it: the queue and the guard are the only ones that know."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener, CupsDaemon() as daemon:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, connection.makefile("rb") as stream:
                    received.append(stream.read())

        threading.Thread(target=serve, daemon=True).start()
        daemon.add_queue(f"socket://127.0.0.1:{listener.getsockname()[1]}")
        guard = OnceGuard(daemon.guard_directory)
        printer = CupsPrinter(queue=QUEUE, server=str(daemon.socket_path), guard=guard)
        page = page_of("socket")
        assert printer.wait(printer.submit("a1b2c3.1", page), give_up_seconds=PATIENCE).completed
        subprocess.run(
            ["lp", "-h", str(daemon.socket_path), "-d", QUEUE, "-t", "a1b2c3.1"], input=page, check=True, capture_output=True
        )
        eventually(lambda: all(report.state.ended for report in printer.jobs()) and len(printer.jobs()) == 2)
        assert printer.job("a1b2c3.1").state is JobState.CANCELED
        assert received == [page]
        assert of_queue("queue", str(daemon.socket_path), QUEUE).verdict is Verdict.WARNING
        daemon.add_queue("ipp://127.0.0.1:9/ipp/print")
        assert of_queue("queue", str(daemon.socket_path), QUEUE).verdict is Verdict.OK
        assert guard.evidence("a1b2c3.1") is GuardEvidence.DELIVERED
