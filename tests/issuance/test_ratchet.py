"""The counter outside of the disk: power cuts around every step and copies put back at any time. A good store always opens; a copy from
before paper moved never does.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiosk.copies import CopyWatch
from kiosk.issuance.issue import IssuanceStopped
from kiosk.issuance.states import State
from offline_cache import journal
from offline_cache.heads import StoreRolledBack
from offline_cache.ratchet import CounterUnusable, Ratchet
from offline_cache.store import Store, StoreError
from tests.issuance.hall import KEYS, NOON, Fuse, PowerCut, Terminal, World, load


class MemoryCounter:
    """Outlives every power cut. `silent`: nothing is heard of it; `loses_steps`: only counting fails."""

    def __init__(self) -> None:
        self.count = 7
        self.taken = False
        self.fuse = Fuse()
        self.silent = False
        self.loses_steps = False

    def value(self) -> int:
        if self.silent:
            raise CounterUnusable("no answer")
        return self.count

    def step(self) -> None:
        if self.silent or self.loses_steps:
            raise CounterUnusable("no answer")
        self.fuse.step("before the count")
        self.count += 1
        self.fuse.step("after the count")

    def claimed(self) -> bool:
        return self.taken

    def claim(self) -> None:
        self.taken = True


def opens(path: Path, counter: MemoryCounter) -> None:
    """As `open_store` does. Raises `StoreRolledBack`."""
    counter.fuse = Fuse()
    store = Store.open(path, KEYS)
    try:
        Ratchet(store, counter).check()
    finally:
        store.close()


def copied(path: Path, name: str) -> Path:
    """The store's files, whole, in a directory of their own."""
    target = path.parent.with_name(name)
    shutil.copytree(path.parent, target)
    return target / path.name


async def prints(path: Path, world: World, counter: MemoryCounter, number: int, fuse: Fuse) -> None:
    """One run of the terminal, with one certificate, until its end or the power cut."""
    counter.fuse = fuse
    terminal = Terminal(path, world, fuse, counter)
    try:
        await terminal.issuer.taken(await terminal.issue(f"cert-{number}", f"auth-{number}"), "citizen")
    finally:
        terminal.off()


async def two_look(path: Path, world: World, counter: MemoryCounter) -> None:
    """What a power cut left open is judged, and what nobody can know is settled by two, so that the next certificate can begin."""
    counter.fuse = Fuse()
    terminal = Terminal(path, world, counter=counter)
    await terminal.issuer.recover()
    for issuance in terminal.ledger.open():
        terminal.ledger.settled(issuance, State.SPOILED, ("s-017", "s-021"))
    terminal.off()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "disk" / "store.db"
    place.parent.mkdir()
    return place


def begun(path: Path, counter: MemoryCounter) -> None:
    opens(path, counter)
    store = Store.open(path, KEYS)
    load(store, 20)
    store.close()


async def test_a_power_cut_at_every_step_locks_no_good_store_out_and_lets_no_copy_in(path: Path, tmp_path: Path) -> None:
    cuts: set[str] = set()
    for at in range(1, 100):
        place = tmp_path / f"run-{at}" / "store.db"
        place.parent.mkdir()
        world, counter, fuse = World(), MemoryCounter(), Fuse(at)
        begun(place, counter)
        before = copied(place, f"before-{at}")
        try:
            await prints(place, world, counter, 1, fuse)
        except PowerCut as cut:
            cuts.add(str(cut))
        opens(place, counter)
        if world.queue or world.paper:
            with pytest.raises(StoreRolledBack):
                opens(before, counter)
        opens(place, counter)
        if not fuse.blown:
            break
    else:
        pytest.fail("it never got to its end")
    assert {"after a commit", "before the count", "after the count", "before submit", "after the sheet"} <= cuts


@pytest.mark.parametrize("seed", range(12))
async def test_copies_put_back_at_random_after_power_cuts_at_random(path: Path, seed: int) -> None:
    chance = random.Random(seed)
    world, counter = World(), MemoryCounter()
    begun(path, counter)
    copies: list[tuple[Path, int]] = []
    refused = 0
    for number in range(6):
        copies.append((copied(path, f"copy-{number}"), len(world.queue)))
        fuse = Fuse(chance.choice([0, chance.randrange(1, 40)]))
        with contextlib.suppress(PowerCut):
            await prints(path, world, counter, number, fuse)
        if chance.random() < 0.5:
            copies.append((copied(path, f"copy-after-{number}"), len(world.queue)))
        opens(path, counter)
        await two_look(path, world, counter)
        for copy, moved in copies:
            if moved < len(world.queue):
                trial = copied(copy, f"trial-{number}-{copy.parent.name}")
                with pytest.raises(StoreRolledBack):
                    opens(trial, counter)
                refused += 1
    opens(path, counter)
    assert refused, "paper moved, and copies were tried"


async def test_a_counter_that_falls_silent_stops_the_printing_before_paper_moves_and_loses_nothing(path: Path) -> None:
    world, counter = World(), MemoryCounter()
    begun(path, counter)
    terminal = Terminal(path, world, counter=counter)
    counter.silent = True
    with pytest.raises(IssuanceStopped, match="counter-unusable") as stopped:
        await terminal.issue("cert-1", "auth-1")
    assert (stopped.value.unknown, terminal.ledger.all()) == (False, []), "not even a permission was asked for"
    assert CopyWatch(Ratchet(terminal.store, counter)).obstacle() == "counter-unusable"

    counter.silent, counter.loses_steps = False, True  # between the commit and the count
    with pytest.raises(IssuanceStopped, match="counter-unusable") as stopped:
        await terminal.issue("cert-1", "auth-1")
    assert not stopped.value.unknown
    assert [each.state for each in terminal.ledger.all()] == [State.GIVEN_BACK]
    assert (world.queue, world.paper) == ({}, [])

    counter.loses_steps = False
    await terminal.issuer.taken(await terminal.issue("cert-1", "auth-2"), "citizen")
    assert world.paper == ["auth-2.1"]
    assert counter.count == 9, "what was owed, and one for the certificate"
    terminal.off()
    opens(path, counter)


def test_terminal_and_commands_do_not_both_count_for_one_act(path: Path) -> None:
    class SlowCounter(MemoryCounter):
        def step(self) -> None:
            time.sleep(0.05)  # so that others come in between, were there no lock
            super().step()

    counter = SlowCounter()
    opens(path, counter)
    stores = [Store.open(path, KEYS) for _ in range(4)]
    ratchets = [Ratchet(store, counter) for store in stores]
    ratchets[0].settle()
    with stores[0].transaction() as tx:
        ratchets[0].remember(tx)
    with ThreadPoolExecutor(4) as at_once:
        list(at_once.map(Ratchet.check, ratchets))
    assert counter.count == 8
    for store in stores:
        store.close()
    opens(path, counter)


def test_what_was_in_use_before_there_was_a_counter_takes_it_once(path: Path) -> None:
    store = Store.open(path, KEYS)
    with store.transaction() as tx:
        journal.append(tx, NOON, "test", {})
    store.close()
    before, counter = copied(path, "before"), MemoryCounter()
    opens(path, counter)
    opens(path, counter)
    with pytest.raises(StoreRolledBack, match="knows of no counter"):
        opens(before, counter)
    new = path.parent.with_name("new")
    new.mkdir()
    opens(new / "store.db", counter)  # a new store, after the old journal was closed
    opens(path, counter)


def test_a_count_that_belongs_to_no_store_is_said_and_the_schema_never_counts_back(path: Path) -> None:
    counter = MemoryCounter()
    opens(path, counter)
    store = Store.open(path, KEYS)
    for statement in ("UPDATE counter SET value = value - 1", "UPDATE counter SET value = value + 2", "DELETE FROM counter"):
        with pytest.raises(StoreError), store.transaction() as tx:
            tx.execute(statement)
    with pytest.raises(CounterUnusable), store.transaction() as tx:
        Ratchet(store, counter).remember(tx)
    counter.count -= 2
    with pytest.raises(CounterUnusable, match="do not belong together"):
        Ratchet(store, counter).check()
    store.close()
