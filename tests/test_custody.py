"""Whose store it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kiosk.custody import StoreOfAnotherUser, open_store
from kiosk.settings import load
from sandbox.platform.server import SandboxPlatform


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could leave files that another user cannot open")
def test_root_opens_no_store_of_another_user_and_leaves_no_file_in_it(tmp_path: Path) -> None:
    place = tmp_path / "store"
    place.mkdir()
    file = tmp_path / "kiosk.toml"
    with SandboxPlatform(tmp_path / "platform") as platform:
        file.write_text(
            platform.files.settings("XY-0001", platform.url) + '[store]\npath = "store/t.db"\nkey = "store/t.key"\n', "utf-8"
        )
    open_store(load(file)).close()
    for made in place.iterdir():
        made.unlink()
    os.chown(place, 65534, -1)
    with pytest.raises(StoreOfAnotherUser, match="sudo -u nobody"):
        open_store(load(file))
    assert list(place.iterdir()) == []
