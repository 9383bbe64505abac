"""The journal: whoever changes it, even with the store's key, is found out, and where."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_cache import journal
from offline_cache.journal import Broken, Head, Tampering
from offline_cache.keys import StoreKeys
from offline_cache.store import Store, StoreError
from tests.offline_cache.conftest import NOON, Tamper


def write(store: Store, count: int) -> None:
    with store.transaction() as tx:
        for number in range(1, count + 1):
            journal.append(tx, NOON, "blank.moved", {"number": number}, case=f"case-{number % 3}")


def test_entries_come_back_in_order_and_by_case(store: Store) -> None:
    write(store, 9)
    assert [entry.seq for entry in journal.entries(store)] == list(range(1, 10))
    assert [entry.data["number"] for entry in journal.entries(store, case="case-1")] == [1, 4, 7]
    assert [entry.seq for entry in journal.entries(store, after=5, limit=2)] == [6, 7]
    assert journal.verify(store) is None


def test_an_empty_journal_holds(store: Store) -> None:
    assert journal.verify(store) is None
    assert journal.head(store) == Head(0, journal.GENESIS)


def test_a_long_journal_is_read_in_portions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "PORTION", 7)
    write(store, 50)
    assert [entry.seq for entry in journal.entries(store)] == list(range(1, 51))
    assert [entry.seq for entry in journal.entries(store, limit=15)] == list(range(1, 16))
    assert len(list(journal.entries(store, case="case-0"))) == 16
    assert journal.verify(store) is None


def test_the_schema_itself_refuses_change(store: Store) -> None:
    write(store, 3)
    for statement in (
        "UPDATE journal SET data = '{}' WHERE seq = 2",
        "DELETE FROM journal WHERE seq = 3",
        "INSERT INTO journal SELECT 7, at, case_number, kind, data, previous, hash FROM journal WHERE seq = 3",
    ):
        with pytest.raises(StoreError), store.transaction() as tx:
            tx.execute(statement)
    assert journal.verify(store) is None


RENUMBER = "UPDATE journal SET seq = seq - 1 WHERE seq > 5"
SWAP = (
    "UPDATE journal SET seq = 999 WHERE seq = 4",
    "UPDATE journal SET seq = 4 WHERE seq = 7",
    "UPDATE journal SET seq = 7 WHERE seq = 999",
)


@pytest.mark.parametrize(
    ("deeds", "found"),
    [
        pytest.param(["UPDATE journal SET data = '{\"number\":6}' WHERE seq = 5"], Broken(5, Tampering.ALTERED), id="data"),
        pytest.param(
            ["UPDATE journal SET at = '2020-01-01T00:00:00+00:00' WHERE seq = 1"], Broken(1, Tampering.ALTERED), id="time"
        ),
        pytest.param(["UPDATE journal SET kind = 'x' WHERE seq = 9"], Broken(9, Tampering.ALTERED), id="kind, last"),
        pytest.param(["UPDATE journal SET case_number = NULL WHERE seq = 3"], Broken(3, Tampering.ALTERED), id="case"),
        pytest.param(["UPDATE journal SET hash = x'00' WHERE seq = 6"], Broken(6, Tampering.ALTERED), id="hash"),
        pytest.param(["DELETE FROM journal WHERE seq = 5"], Broken(5, Tampering.REMOVED), id="removed"),
        pytest.param(["DELETE FROM journal WHERE seq = 1"], Broken(1, Tampering.REMOVED), id="first removed"),
        pytest.param(["DELETE FROM journal WHERE seq IN (5, 6)"], Broken(5, Tampering.REMOVED), id="two removed"),
        pytest.param(
            ["DELETE FROM journal WHERE seq = 5", RENUMBER], Broken(5, Tampering.REMOVED), id="removed, later ones moved up"
        ),
        pytest.param(SWAP, Broken(4, Tampering.REORDERED), id="swapped"),
    ],
)
def test_tampering_is_found_with_its_place_and_kind(store: Store, tamper: Tamper, deeds: list[str], found: Broken) -> None:
    write(store, 9)
    tamper(*deeds)
    assert journal.verify(store) == found


def test_an_entry_written_anew_with_a_right_hash_of_its_own_is_found_by_the_next(store: Store, tamper: Tamper) -> None:
    write(store, 9)
    entry = list(journal.entries(store))[4]
    # The same computation as an attacker with our source would do, on purpose written out here.
    from hashlib import sha256

    content = f'[5,"{entry.at}","{entry.case}","blank.moved","{{\\"number\\":55}}"]'.encode()
    forged = sha256(entry.previous + content).hexdigest()
    tamper(f"UPDATE journal SET data = '{{\"number\":55}}', hash = x'{forged}' WHERE seq = 5")
    assert journal.verify(store) == Broken(5, Tampering.ALTERED)


def test_an_end_that_was_cut_off_is_found_by_a_head_kept_elsewhere(store: Store, tamper: Tamper) -> None:
    write(store, 9)
    head = journal.head(store)
    tamper("DELETE FROM journal WHERE seq > 6")
    assert journal.verify(store) is None, "the chain alone cannot know what came after"
    assert journal.verify(store, [head]) == Broken(7, Tampering.REMOVED)


def test_a_journal_written_anew_from_the_start_is_found_by_a_head_kept_elsewhere(
    store: Store, tamper: Tamper, path: object, keys: StoreKeys
) -> None:
    write(store, 9)
    heads = [Head(entry.seq, entry.hash) for entry in journal.entries(store)]
    assert journal.verify(store, heads) is None
    tamper("DELETE FROM journal")
    with store.transaction() as tx:
        for number in range(1, 10):
            journal.append(tx, NOON, "blank.moved", {"number": number if number < 6 else 0}, case=f"case-{number % 3}")
    assert journal.verify(store) is None
    assert journal.verify(store, [heads[2], heads[7]]) == Broken(8, Tampering.ALTERED)


def test_what_json_cannot_say_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="JSON"), store.transaction() as tx:
        journal.append(tx, NOON, "test", {"number": math.nan})
    assert list(journal.entries(store)) == []


values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
)


@given(
    data=st.dictionaries(st.text(max_size=10), values, max_size=6),
    kind=st.text(min_size=1, max_size=20),
    case=st.none() | st.text(max_size=9),
)
def test_any_data_comes_back_as_it_was(data: dict[str, str | int | float | bool | None], kind: str, case: str | None) -> None:
    import tempfile
    from pathlib import Path

    from tests.offline_cache.conftest import KEYS

    with tempfile.TemporaryDirectory() as room:
        store = Store.open(Path(room) / "store.db", KEYS)
        try:
            storable = all(_utf8(text) for text in (*data, *(v for v in data.values() if isinstance(v, str)), kind, case or ""))
            if not storable:
                with pytest.raises(UnicodeEncodeError), store.transaction() as tx:
                    journal.append(tx, NOON, kind, data, case=case)
                assert list(journal.entries(store)) == []
                return
            with store.transaction() as tx:
                journal.append(tx, NOON, kind, data, case=case)
            (entry,) = journal.entries(store)
            assert (dict(entry.data), entry.kind, entry.case) == (data, kind, case)
            assert journal.verify(store) is None
        finally:
            store.close()


def _utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
