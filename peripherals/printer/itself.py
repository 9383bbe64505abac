"""Asking the printer itself, past its queue: how it is, and what it knows of a job.

CUPS looks at a printer only while a job runs, and then seldom; and after its own death it does not know what the printer did. An IPP
printer can be asked directly, any other stays silent here. Nothing in this file changes anything at the printer.
"""

from __future__ import annotations

import http.client
import ssl
from enum import Enum
from urllib.parse import urlsplit

from peripherals.printer import ipp
from peripherals.printer.condition import Condition
from peripherals.printer.ipp import Group, JobState, Message, Operation, Status, Tag, attribute, operation_group

LONGEST_ANSWER = 4_000_000
"""Bytes; a printer that tells everything of ten thousand jobs sends half of that."""
NEWEST = 50
"""So many of the jobs that are over are asked for first; all of them only if the one that is looked for is not among these."""


class PrinterEvidence(Enum):
    """What the printer's own job list says of a job's name.

    BROKEN_OFF: it had the job and gave it up; a sheet may be spoiled. NOT_PRINTED: it answers and knows no such job. SILENT: it does
    not answer, or cannot be asked.
    """

    PRINTED = "printed"
    WORKING = "working"
    BROKEN_OFF = "broken-off"
    NOT_PRINTED = "not-printed"
    SILENT = "silent"


class PrinterItself:
    """The printer at a device URI (`once:` before it or not). Every method blocks for `seconds` at most, and never raises."""

    def __init__(self, device_uri: str) -> None:
        self.uri = device_uri.removeprefix("once:")

    @property
    def speaks_ipp(self) -> bool:
        return self.uri.partition(":")[0] in ("ipp", "ipps")

    def condition(self, *, seconds: float = 2.0) -> Condition | None:
        """How it is; `Condition.silent()` when it does not answer; None when it cannot be asked at all (not IPP)."""
        if not self.speaks_ipp:
            return None
        wanted = attribute("requested-attributes", Tag.KEYWORD, "printer-state", "printer-state-reasons")
        answer = self._exchange(Operation.GET_PRINTER_ATTRIBUTES, (wanted,), seconds)
        if answer is None or answer.code >= Status.BAD_REQUEST:
            return Condition.silent()
        reasons = next(
            (
                one.values
                for tag, group in answer.groups
                if tag == Group.PRINTER
                for one in group
                if one.name == "printer-state-reasons"
            ),
            (),
        )
        return Condition.of(answer.value("printer-state", Group.PRINTER), reasons)

    def evidence(self, job_name: str, *, seconds: float = 3.0) -> PrinterEvidence:
        """What it says of a job by its name."""
        if not self.speaks_ipp:
            return PrinterEvidence.SILENT
        wanted = attribute("requested-attributes", Tag.KEYWORD, "job-name", "job-state")
        newest = attribute("limit", Tag.INTEGER, NEWEST)
        states: list[object] = []
        # In this order: a job that ends between the questions is seen twice, not never.
        for which, limit in (("not-completed", ()), ("completed", (newest,)), ("completed", ())):
            answer = self._exchange(Operation.GET_JOBS, (*limit, attribute("which-jobs", Tag.KEYWORD, which), wanted), seconds)
            if limit and answer is not None and answer.code >= Status.BAD_REQUEST:
                continue  # it does not know of limits
            if answer is None or answer.code >= Status.BAD_REQUEST:
                return PrinterEvidence.SILENT
            jobs = answer.jobs()
            states += [job["job-state"][0] for job in jobs if job.get("job-name") == (job_name,) and "job-state" in job]
            if limit and (states or len(jobs) < NEWEST):
                break
        if JobState.COMPLETED in states:
            return PrinterEvidence.PRINTED
        if any(isinstance(state, int) and state < JobState.CANCELED for state in states):
            return PrinterEvidence.WORKING
        return PrinterEvidence.BROKEN_OFF if states else PrinterEvidence.NOT_PRINTED

    def is_dumb(self, job_name: str) -> bool:
        """Whether it answers, and tells nothing of its jobs."""
        return self.evidence(job_name) is PrinterEvidence.SILENT and self.condition() not in (None, Condition.silent())

    def _exchange(self, operation: Operation, more: tuple[ipp.Attribute, ...], seconds: float) -> Message | None:
        """One request and its answer; None for silence, nonsense, or a URI that leads nowhere."""
        try:
            parts = urlsplit(self.uri)
            host, port = parts.hostname, parts.port or 631
        except ValueError:
            return None
        if not host:
            return None
        if parts.scheme == "ipps":
            connection = http.client.HTTPSConnection(host, port, timeout=seconds, context=_any_certificate())
        else:
            connection = http.client.HTTPConnection(host, port, timeout=seconds)
        request = ipp.encode(Message(operation, 1, (operation_group(self.uri, *more),)))
        try:
            connection.request("POST", parts.path or "/", request, {"Content-Type": "application/ipp"})
            response = connection.getresponse()
            content = response.read(LONGEST_ANSWER)
            return ipp.decode(content)[0] if response.status == http.client.OK else None
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()


def _any_certificate() -> ssl.SSLContext:
    """Printers sign their certificates themselves; CUPS, which hands the pages over, trusts them no less (AllowAnyRoot).

    Whoever can stand in for the printer gets the pages from CUPS anyway; the cable is inside the terminal's case.
    """
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
