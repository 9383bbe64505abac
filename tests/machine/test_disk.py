"""The machine's disk keeps what was flushed and loses the rest; QEMU's side of NBD is played by a few lines here."""

from __future__ import annotations

import random
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.machine.disk import BLOCK, FLUSH, FUA, GO, INFORMATION, OPTION_MAGIC, READ, REQUEST, WRITE, Disk, Lost, serve
from sandbox.machine.image import CONTROL, needed

BLOCKS = 64


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "disk.img"
    path.write_bytes(bytes(BLOCKS * BLOCK))
    return path


@pytest.fixture
def disk(image: Path) -> Iterator[Disk]:
    made = Disk(image)
    yield made
    made.close()


def test_what_was_written_is_read_and_what_was_not_flushed_is_lost(disk: Disk, image: Path) -> None:
    disk.write(BLOCK - 3, b"kept and flushed")
    disk.flush()
    disk.write(BLOCK - 3, b"written over it!")
    disk.write(9 * BLOCK, b"through", through=True)
    assert disk.read(BLOCK - 3, 16) == b"written over it!"
    assert disk.cut(None) == Lost(waiting=2, gone=2)
    assert disk.read(BLOCK - 3, 16) == b"kept and flushed"
    assert image.read_bytes()[9 * BLOCK :][:7] == b"through"


def test_by_chance_some_of_it_stays(disk: Disk) -> None:
    for number in range(BLOCKS):
        disk.write(number * BLOCK, b"x")
    lost = disk.cut(random.Random(1))
    assert lost.waiting == BLOCKS
    assert 0 < lost.gone < BLOCKS
    assert sum(disk.read(number * BLOCK, 1) == b"x" for number in range(BLOCKS)) == BLOCKS - lost.gone


def test_it_speaks_nbd(image: Path, tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=serve, args=(image, tmp_path / "nbd", theirs))
    thread.start()
    try:
        assert b"up" in ours.recv(100)
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(20)
            client.connect(str(tmp_path / "nbd"))
            assert client.recv(18, socket.MSG_WAITALL) == b"NBDMAGIC" + struct.pack(">QH", OPTION_MAGIC, 3)
            client.sendall(struct.pack(">IQII", 3, OPTION_MAGIC, GO, 0))
            _, option, kind, length = struct.unpack(">QIII", client.recv(20, socket.MSG_WAITALL))
            assert (option, kind) == (GO, INFORMATION)
            assert client.recv(length, socket.MSG_WAITALL)[2:10] == struct.pack(">Q", BLOCKS * BLOCK)
            client.recv(20, socket.MSG_WAITALL)

            def asks(kind: int, offset: int = 0, data: bytes = b"", length: int = 0, flags: int = 0) -> bytes:
                client.sendall(struct.pack(">IHHQQI", REQUEST, flags, kind, 7, offset, length or len(data)) + data)
                _, error, handle = struct.unpack(">IIQ", client.recv(16, socket.MSG_WAITALL))
                assert (error, handle) == (0, 7)
                return client.recv(length, socket.MSG_WAITALL) if length else b""

            asks(WRITE, 0, b"flushed")
            asks(FLUSH)
            asks(WRITE, BLOCK, b"through", flags=FUA)
            asks(WRITE, 2 * BLOCK, b"nothing")
            assert asks(READ, 2 * BLOCK, length=7) == b"nothing"
            ours.sendall(b"cut -1\n")
            assert b'"gone": 1' in ours.recv(100)
    finally:
        ours.close()
        thread.join(20)
    kept = image.read_bytes()
    assert (kept[:7], kept[BLOCK:][:7], kept[2 * BLOCK :][:7]) == (b"flushed", b"through", bytes(7))


def test_the_machine_gets_what_the_package_depends_on() -> None:
    names = needed(CONTROL.read_text("utf-8"))
    assert {"pcscd", "cups", "xserver-xorg-core", "systemd-timesyncd"} <= set(names)
    assert all(name and " " not in name for name in names)
