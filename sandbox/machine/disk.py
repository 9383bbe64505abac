"""A disk as a real one is: what is written lies in its volatile memory until it is flushed, and is gone when the power goes.

Killing QEMU alone is no power cut: what the guest had written, flushed or not, is in the host's page cache by then and survives. Here
the disk is an NBD server (the protocol's "fixed newstyle", simple replies) that keeps writes in memory, in blocks of 4 KiB, and puts
them on the file only on a flush (or with FUA, or when its memory is full: then some, in no order, as disks do). `Disk.cut` forgets the
rest: all of it, or each block by the toss of a coin, because a disk owes nobody the order of what was not flushed.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import socket
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BLOCK: Final = 4096
MEMORY_BLOCKS: Final = (64 << 20) // BLOCK
"""64 MiB, as disks have."""

OPTION_MAGIC, REPLY_MAGIC = 0x49484156454F5054, 0x3E889045565A9
REQUEST, REPLY = 0x25609513, 0x67446698
FIXED_NEWSTYLE_NO_ZEROES = 3
EXPORT_NAME, ABORT, INFO, GO = 1, 2, 6, 7
ACK, INFORMATION, UNSUPPORTED = 1, 3, 0x80000001
HAS_FLAGS_FLUSH_FUA = 0b1101
READ, WRITE, DISCONNECT, FLUSH = range(4)
FUA = 1
INVALID = 22


@dataclass(frozen=True, slots=True)
class Lost:
    """What a power cut did: how many blocks waited for a flush, and how many of them are gone."""

    waiting: int
    gone: int


class Disk:
    """The file at `path`, whole blocks of it in volatile memory."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR)
        self.size = os.fstat(self._file).st_size
        self._volatile: dict[int, bytes] = {}

    def close(self) -> None:
        os.close(self._file)

    def read(self, offset: int, length: int) -> bytes:
        data = bytearray(os.pread(self._file, length, offset))
        if self._volatile:
            for number in range(offset // BLOCK, (offset + length - 1) // BLOCK + 1):
                if (block := self._volatile.get(number)) is not None:
                    at = number * BLOCK - offset
                    data[max(0, at) : at + BLOCK] = block[max(0, -at) : length - at]
        return bytes(data)

    def write(self, offset: int, data: bytes, *, through: bool = False) -> None:
        """Into the memory; with `through` (FUA) these blocks are on the file when this returns."""
        first, end = offset // BLOCK, -(-(offset + len(data)) // BLOCK)
        head, tail = offset - first * BLOCK, end * BLOCK - offset - len(data)
        if head or tail:
            whole = self.read(first * BLOCK, (end - first) * BLOCK)
            data = whole[:head] + data + (whole[-tail:] if tail else b"")
        for number in range(first, end):
            at = (number - first) * BLOCK
            self._volatile[number] = data[at : at + BLOCK]
        if through:
            self._keep(list(range(first, end)))
        elif len(self._volatile) > MEMORY_BLOCKS:
            self._keep(random.sample(sorted(self._volatile), MEMORY_BLOCKS // 2))

    def flush(self) -> None:
        self._keep(sorted(self._volatile))

    def cut(self, dice: random.Random | None) -> Lost:
        """The power goes: with `dice` each waiting block is kept or lost by chance, without all are lost."""
        waiting = sorted(self._volatile)
        kept = [number for number in waiting if dice is not None and dice.random() < 0.5]
        self._keep(kept)
        self._volatile.clear()
        return Lost(len(waiting), len(waiting) - len(kept))

    def _keep(self, numbers: list[int]) -> None:
        for number in numbers:
            os.pwrite(self._file, self._volatile.pop(number), number * BLOCK)


class Server:
    """Serves one disk to one client after another on a unix socket; `serve` between them hears words on `channel`.

    Words: ``cut SEED`` (-1: everything is lost) forgets, and answers {"waiting", "gone"}; ``flush`` keeps, and answers {}.
    """

    def __init__(self, disk: Disk, listener: socket.socket, channel: socket.socket) -> None:
        self._disk = disk
        self._listener = listener
        self._channel = channel

    def serve(self) -> int:
        client: socket.socket | None = None
        words = b""
        while True:
            ready, _, _ = select.select([self._channel, client or self._listener], [], [])
            if self._channel in ready:  # first: after a cut nothing more of the dead machine's is taken in
                more = self._channel.recv(4096)
                if not more:
                    return 0
                *lines, words = (words + more).split(b"\n")
                for line in lines:
                    client = self._hears(line.decode(), client)
            elif client is None:
                client = self._greeted(self._listener.accept()[0])
            elif not self._one_request(client):
                client.close()
                client = None

    def _hears(self, line: str, client: socket.socket | None) -> socket.socket | None:
        act, _, seed = line.partition(" ")
        answer: dict[str, int] = {}
        if act == "cut":
            if client is not None:
                client.close()
                client = None
            lost = self._disk.cut(random.Random(int(seed)) if int(seed) >= 0 else None)
            answer = {"waiting": lost.waiting, "gone": lost.gone}
        else:
            self._disk.flush()
        self._channel.sendall(f"{json.dumps(answer)}\n".encode())
        return client

    def _greeted(self, client: socket.socket) -> socket.socket | None:
        """The handshake, up to the transmission phase; None for a client that left."""
        with contextlib.suppress(OSError, EOFError):
            client.sendall(b"NBDMAGIC" + struct.pack(">QH", OPTION_MAGIC, FIXED_NEWSTYLE_NO_ZEROES))
            _exactly(client, 4)
            while True:
                _, option, length = struct.unpack(">QII", _exactly(client, 16))
                _exactly(client, length)
                size = struct.pack(">QH", self._disk.size, HAS_FLAGS_FLUSH_FUA)
                if option == EXPORT_NAME:
                    client.sendall(size)
                    return client
                if option in (INFO, GO):
                    _reply(client, option, INFORMATION, struct.pack(">H", 0) + size)
                    _reply(client, option, ACK)
                    if option == GO:
                        return client
                elif option == ABORT:
                    _reply(client, option, ACK)
                    break
                else:
                    _reply(client, option, UNSUPPORTED)
        client.close()
        return None

    def _one_request(self, client: socket.socket) -> bool:
        """Whether the client goes on."""
        try:
            magic, flags, kind, handle, offset, length = struct.unpack(">IHHQQI", _exactly(client, 28))
            if magic != REQUEST or kind == DISCONNECT:
                return False
            data, error = b"", 0
            match kind:
                case _ if kind == READ:
                    data = self._disk.read(offset, length)
                case _ if kind == WRITE:
                    self._disk.write(offset, _exactly(client, length), through=bool(flags & FUA))
                case _ if kind == FLUSH:
                    self._disk.flush()
                case _:
                    error = INVALID
            client.sendall(struct.pack(">IIQ", REPLY, error, handle) + data)
        except (OSError, EOFError):
            return False
        return True


def serve(image: Path, at: Path, channel: socket.socket) -> int:
    """Serve `image` on the unix socket `at` until `channel` ends: what a process of its own does."""
    disk = Disk(image)
    at.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener, contextlib.closing(disk):
        listener.bind(str(at))
        listener.listen(1)
        channel.sendall(b'{"up": true}\n')
        return Server(disk, listener, channel).serve()


def _reply(client: socket.socket, option: int, kind: int, data: bytes = b"") -> None:
    client.sendall(struct.pack(">QIII", REPLY_MAGIC, option, kind, len(data)) + data)


def _exactly(client: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        part = client.recv(count - len(data))
        if not part:
            raise EOFError
        data += part
    return bytes(data)
