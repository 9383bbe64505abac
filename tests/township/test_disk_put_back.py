"""A whole disk is put back, guard and witness file with it, before the link returns: only the TPM's counter knows."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.custody import open_store, ratchet
from kiosk.issuance.issue import IssuanceStopped
from kiosk.readiness import Obstacle
from kiosk.settings import Settings, load
from kiosk.terminal import Terminal
from offline_cache import journal, pre_grants
from offline_cache.heads import StoreRolledBack
from offline_cache.keys import KeyUnusable
from offline_cache.ratchet import Ratchet
from offline_cache.store import Store
from offline_cache.tpm_counter import COUNTER, TpmCounter
from offline_cache.tpm_key import TpmKey
from offline_cache.tpm_tools import run
from sandbox.platform.server import Files
from tests.journeys.stage import ScriptedStage
from tests.offline_cache.conftest import NOON
from tests.software_tpm import SoftwareTpm
from tests.township.conftest import FLAT, TOWN, ZHANG, Town


@pytest.fixture
def tpm(tmp_path: Path) -> Iterator[SoftwareTpm]:
    made = SoftwareTpm(tmp_path / "tpm-itself")
    yield made
    made.off()


class Machine:
    """A terminal's disk in one directory, and settings that name it."""

    def __init__(self, directory: Path, tpm: SoftwareTpm, source: str = "tpm") -> None:
        self.disk = directory / "disk"
        self.disk.mkdir()
        self.file = directory / "kiosk.toml"
        self._directory = directory
        self._keys = f'[keys]\nsource = "{source}"\ndirectory = "disk/tpm"\ntcti = "{tpm.tcti}"\n'

    def settings(self, files: Files) -> Settings:
        self.file.write_text(
            files.settings(TOWN, "https://127.0.0.1:1") + '[store]\npath = "disk/store/terminal.db"\nkey = "disk/terminal.key"\n'
            '[printer]\nguard_directory = "disk/once"\nserver = "no-such.sock"\n' + self._keys
        )
        return load(self.file)

    def custody(self, files: Files) -> tuple[Store, Ratchet | None]:
        settings = self.settings(files)
        assert self.says("keys", "create") == 0
        store = open_store(settings)
        return store, ratchet(settings, store)

    def says(self, *words: str) -> int:
        return main([*words, "--settings", str(self.file)])

    def kept(self, name: str) -> Path:
        return Path(shutil.copytree(self.disk, self._directory / name))

    def put_back(self, copy: Path) -> None:
        shutil.rmtree(self.disk)
        shutil.copytree(copy, self.disk)


async def prints_without_a_link(town: Town, machine: Machine) -> Path:
    """Granted beforehand, copied, used. Returns the copy."""
    code = town.books(lasts=timedelta(days=4))
    town.supplies.replenish()
    town.loses_its_link()
    copy = machine.kept("copy")
    await town.prints(town.desk, town.shows(town.desk, ZHANG, code))
    assert len(town.world.paper) == 1
    return copy


async def test_the_whole_disk_put_back_is_refused_by_terminal_and_commands_before_any_link(
    tmp_path: Path, tpm: SoftwareTpm, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine(tmp_path, tpm)
    town = Town(tmp_path, machine.custody)
    try:
        copy = await prints_without_a_link(town, machine)
    finally:
        town.closes()
    settings, newest = load(machine.file), machine.kept("newest")

    machine.put_back(copy)
    with pytest.raises(StoreRolledBack, match="an older copy was put back"):
        open_store(settings)
    with pytest.raises(StoreRolledBack):
        Terminal(settings, ScriptedStage())
    assert machine.says("blanks", "account") == 2
    assert "an older copy was put back" in capsys.readouterr().err

    # Nor when the counter is removed and made again: it begins above every count that there ever was.
    before = TpmCounter(tpm.tcti).value()
    machine.put_back(newest)
    open_store(settings).close()
    run(tpm.tcti, ["tpm2_nvundefine", COUNTER, "-C", "o"])
    machine.put_back(copy)
    assert machine.says("blanks", "account") == 2
    assert machine.says("keys", "create") == 0
    assert TpmCounter(tpm.tcti).value() > before
    with pytest.raises(StoreRolledBack):
        open_store(settings)


async def test_without_a_tpm_nothing_changes_and_only_the_platform_can_know(tmp_path: Path, tpm: SoftwareTpm) -> None:
    """The same deed with the keys in a file: the harm that the counter is there for."""
    machine = Machine(tmp_path, tpm, "file")
    town = Town(tmp_path, machine.custody)
    try:
        copy = await prints_without_a_link(town, machine)
    finally:
        town.closes()
    machine.put_back(copy)
    store = open_store(load(machine.file))
    assert any(grant for grant in pre_grants.held(store)), f"{FLAT} could be printed again"
    with store.reading() as tx:
        assert tx.rows("SELECT * FROM counter") == []
    store.close()


async def test_a_tpm_that_does_not_answer_stops_the_printing_and_goes_on_when_it_does(tmp_path: Path, tpm: SoftwareTpm) -> None:
    machine = Machine(tmp_path, tpm)
    town = Town(tmp_path, machine.custody)
    try:
        code = town.books(lasts=timedelta(days=4))
        town.supplies.replenish()
        town.loses_its_link()
        tpm.off()
        session = town.shows(town.desk, ZHANG, code)
        with pytest.raises(IssuanceStopped, match="counter-unusable") as stopped:
            await town.prints(town.desk, session)
        assert (stopped.value.unknown, town.world.paper) == (False, [])
        tpm.on()
        await town.prints(town.desk, session)
        assert len(town.world.paper) == 1
    finally:
        town.closes()

    terminal = await asyncio.to_thread(lambda: Terminal(load(machine.file), ScriptedStage()))
    tpm.off()
    await terminal.readiness.refresh()
    assert Obstacle("store", "counter-unusable") in terminal.readiness.obstacles
    assert not terminal.readiness.can_print
    await asyncio.to_thread(terminal.close)


def test_keys_that_are_older_than_the_counter_get_one_and_a_copy_from_before_is_refused(tmp_path: Path, tpm: SoftwareTpm) -> None:
    key = TpmKey(tmp_path / "disk" / "tpm", tpm.tcti)
    machine = Machine(tmp_path, tpm)
    key.create()
    nobody = Files(*[tmp_path / "none"] * len(Files.__dataclass_fields__))
    settings = machine.settings(nobody)
    settings.store.path.parent.mkdir()
    store = Store.open(settings.store.path, key.keys())
    with store.transaction() as tx:
        journal.append(tx, NOON, "test", {})
    store.close()
    copy = machine.kept("copy")
    assert machine.says("blanks", "account") == 2  # no counter yet: said, not worked without
    assert machine.says("keys", "create") == 0
    open_store(settings).close()
    machine.put_back(copy)
    with pytest.raises(StoreRolledBack):
        open_store(settings)
    assert machine.says("keys", "create") == 2
    with pytest.raises(KeyUnusable, match="already"):
        key.create()
