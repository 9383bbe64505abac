"""The outbox: every event once, in order, under one key, however long the link is gone."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from offline_cache import outbox
from offline_cache.keys import StoreKeys
from offline_cache.store import Conflict, Store
from tests.offline_cache.conftest import NOON


def put(store: Store, *names: str, at: datetime = NOON) -> None:
    with store.transaction() as tx:
        for name in names:
            outbox.put(tx, at, f"/v1/{name}", name.encode(), key=f"key-{name}")


def due(store: Store, now: datetime = NOON) -> outbox.Event:
    event = outbox.next_due(store, now)
    assert event is not None
    return event


def test_events_go_out_in_the_order_in_which_they_happened(store: Store) -> None:
    put(store, "first", "second", "third")
    heard: list[bytes] = []
    while event := outbox.next_due(store, NOON):
        heard.append(event.body)
        outbox.acknowledge(store, event, NOON)
    assert heard == [b"first", b"second", b"third"]
    assert outbox.backlog(store) == outbox.Backlog(0, None, 0)


def test_a_later_event_does_not_overtake_one_that_waits(store: Store) -> None:
    put(store, "first", "second")
    outbox.failed(store, due(store), NOON)
    assert outbox.next_due(store, NOON + timedelta(seconds=1)) is None
    assert due(store, NOON + timedelta(seconds=3)).body == b"first"


def test_the_pause_grows_to_its_limit_and_the_key_never_changes(store: Store) -> None:
    put(store, "report")
    now, pauses, names = NOON, list[float](), set[str]()
    for _ in range(12):
        event = due(store, now)
        names.add(event.idempotency_key)
        outbox.failed(store, event, now)
        begin = now
        while outbox.next_due(store, now) is None:
            now += timedelta(seconds=1)
        pauses.append((now - begin).total_seconds())
    assert names == {"key-report"}
    assert pauses[:4] == [2, 4, 8, 16]
    assert pauses[-1] == outbox.LONGEST_PAUSE.total_seconds() == max(pauses)


def test_a_refusal_for_good_stays_visible_and_lets_the_others_pass(store: Store) -> None:
    put(store, "first", "second")
    outbox.refused(store, due(store), "already-reported")
    assert due(store).body == b"second"
    assert [(event.body, code) for event, code in outbox.refusals(store)] == [(b"first", "already-reported")]
    assert outbox.backlog(store).refused == 1


def test_an_event_is_kept_with_its_act_or_not_at_all(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction() as tx:
        outbox.put(tx, NOON, "/v1/report", b"{}", key="key-00000001")
        _ = 1 / 0
    assert outbox.next_due(store, NOON) is None


def test_the_same_event_cannot_be_kept_twice(store: Store) -> None:
    put(store, "report")
    with pytest.raises(Conflict):
        put(store, "report")
    assert outbox.backlog(store).waiting == 1


def test_what_waits_survives_the_terminal(path: Path, keys: StoreKeys, store: Store) -> None:
    put(store, "first", "second")
    outbox.acknowledge(store, due(store), NOON)
    store.close()
    again = Store.open(path, keys)
    assert due(again).body == b"second"
    again.close()


def test_a_clock_put_back_by_days_does_not_hold_events_for_days(store: Store) -> None:
    put(store, "report", at=NOON + timedelta(days=3))
    event = due(store, NOON + timedelta(days=3))
    outbox.failed(store, event, NOON + timedelta(days=3))
    assert due(store, NOON).body == b"report"


def test_what_an_event_says_is_not_in_its_repr(store: Store) -> None:
    put(store, "secret")
    assert "secret'" not in repr(due(store)) and "b'" not in repr(due(store))
