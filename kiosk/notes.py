"""What the terminal notes in its journal, and what it tells the platform with it: visits, calls for staff, a citizen's word."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from datetime import datetime

from kiosk import events
from kiosk.platform.types import Evaluation, StaffCall
from offline_cache import journal, outbox
from offline_cache.store import Conflict, Store, StoreError, Transaction

STAFF_CALLS = "/v1/staff-calls"
EVALUATIONS = "/v1/evaluations"


class Notes:
    """Used on the event loop. Written on a worker, a message in the same transaction as its entry; a store that cannot take it is an obstacle, not a crash."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def call_staff(self, reason: str, case: str | None = None, *, key: str | None = None) -> None:
        """Staff are wanted: the platform rings them (by the outbox), and journal and log know. `key`: called once under it, ever."""
        events.STAFF_CALLED.tell(reason=reason)
        call = StaffCall(reason=reason, case=case, happened_at=self._clock())
        self._note(
            "staff.called",
            {"reason": reason},
            case,
            lambda tx: outbox.put(
                tx, call.happened_at, STAFF_CALLS, call.model_dump_json().encode(), key=f"call-{key or uuid.uuid4()}"
            ),
        )

    def evaluated(self, matter: str, case: str, grade: int, reason: str | None) -> None:
        """A citizen's word goes to the platform once a matter: its key in the outbox is made from the matter."""
        said = Evaluation.model_validate(
            {"matter": matter, "case": case, "grade": grade, "reason": reason, "happened_at": self._clock()}
        )
        self._note(
            "citizen.evaluated",
            {"grade": str(grade), **({"reason": reason} if reason else {})},
            case,
            lambda tx: outbox.put(tx, said.happened_at, EVALUATIONS, said.model_dump_json().encode(), key=f"evaluation-{matter}"),
        )

    def visited(self, case: str, service: str, outcome: str) -> None:
        events.VISIT_ENDED.tell(case=case, service=service, outcome=outcome)
        self._note("visit.ended", {"service": service, "outcome": outcome}, case)

    def _note(
        self, kind: str, data: dict[str, str], case: str | None, more: Callable[[Transaction], None] = lambda _: None
    ) -> None:
        def write() -> None:
            try:
                with self._store.transaction() as tx:
                    journal.append(tx, self._clock(), kind, data, case=case)
                    more(tx)
            except Conflict:
                events.SAID_BEFORE.tell(kind=kind)
            except StoreError as reason:
                events.JOURNAL_FAILED.tell(code=reason.code)

        asyncio.get_running_loop().run_in_executor(None, write)
