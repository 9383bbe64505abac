"""A request for an authorisation whose answer is lost, at every place where it can be lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kiosk.issuance.issue import IssuanceStopped
from kiosk.platform.types import PlatformError, PlatformUnreachable
from offline_cache import outbox, pre_grants
from offline_cache.store import StoreFull
from tests.township.conftest import FLAT, TOWN, ZHANG, Town, key


def waiting(town: Town) -> list[str]:
    with town.store.reading() as tx:
        rows = tx.rows("SELECT path FROM outbox WHERE acknowledged_at IS NULL ORDER BY seq")
    return [str(row[0]).split("/")[2] for row in rows]


def states(town: Town) -> list[str]:
    return [grant.state for grant in town.platform.core.grants.values()]


async def test_the_answer_is_lost_on_the_way(town: Town) -> None:
    session = town.shows(town.requests, ZHANG, town.books())
    listing = town.requests.listings(session.session_id)[0]
    town.platform.fault("lost")
    with pytest.raises(PlatformUnreachable):
        town.requests.authorise(session.session_id, listing.certificate_id, 1, idempotency_key=key())
    assert states(town) == ["open"], "it was granted, and nobody here knows it"
    assert waiting(town) == ["authorisation-requests"]
    town.has_its_link_again()
    town.delivers()
    assert states(town) == ["returned"]
    await town.prints(town.requests, session)
    town.delivers()
    town.agrees()


async def test_the_power_goes_before_the_answer_or_after_it(town: Town) -> None:
    session = town.shows(town.requests, ZHANG, town.books())
    # After it: nobody begins under it, because this run of the terminal ends here.
    town.requests.authorise(session.session_id, FLAT, 1, idempotency_key=key())
    town.requests.settle()
    town.delivers()
    assert states(town) == ["returned"]
    # Before it: the request is on disk, and may even arrive later than its taking back.
    lost = key()
    with town.store.transaction() as tx:
        tx.execute(
            "INSERT INTO authorisation_requests (request_key, certificate_id, asked_at) VALUES (?, ?, ?)",
            (lost, FLAT, town.now.isoformat()),
        )
    town.requests.settle()
    town.delivers()
    with pytest.raises(PlatformError):
        town.client.authorise(session.session_id, FLAT, 1, idempotency_key=lost)
    await town.prints(town.requests, session)
    town.delivers()
    town.agrees()


def test_a_taken_back_request_takes_what_was_granted_beforehand_with_it(town: Town) -> None:
    town.books(lasts=timedelta(days=2))
    town.supplies.replenish()
    session = town.shows(town.requests, ZHANG, town.books())
    town.platform.fault("lost")
    with pytest.raises(PlatformUnreachable):
        town.requests.authorise(session.session_id, FLAT, 1, idempotency_key=key())
    assert len(pre_grants.held(town.store)) == 1, "the parking space's alone"
    town.has_its_link_again()
    town.delivers()
    town.agrees()


def test_one_that_is_short_is_renewed_before_anything_is_begun(town: Town) -> None:
    town.books(lasts=timedelta(days=2))
    session = town.shows(town.requests, ZHANG, town.books())
    granted = town.requests.authorise(session.session_id, FLAT, 1, idempotency_key=key())
    assert granted.expires_at - town.now > timedelta(minutes=15)
    town.shift = timedelta(minutes=17)  # the terminal's clock runs ahead: what is left looks short
    town.requests.settle()
    town.delivers()
    renewed = town.requests.authorise(session.session_id, FLAT, 1, idempotency_key=key())
    assert [grant.state for grant in town.platform.core.grants.values()] == ["returned", "open"]
    assert renewed.expires_at >= granted.expires_at


def test_a_store_that_cannot_write_the_request_asks_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    session = town.shows(town.requests, ZHANG, town.books())

    def full() -> None:
        raise StoreFull("disk full")

    monkeypatch.setattr(town.requests, "settle", full)
    with pytest.raises(IssuanceStopped) as stopped:
        town.requests.authorise(session.session_id, FLAT, 1, idempotency_key=key())
    assert (stopped.value.reason, stopped.value.unknown) == ("store-full", False)
    assert town.platform.core.grants == {}
    assert town.platform.core.profile(TOWN).terminal_id == TOWN
    assert outbox.backlog(town.store).waiting == 0
