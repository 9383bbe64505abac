"""A camera that is a web address: serves MJPEG over HTTP on a free loopback port, and shows what is held before its lens.

    with VirtualCamera() as camera:
        scanner = CameraScanner(camera.url)
        camera.show(payload)          # someone holds a phone up
        camera.clear()

Faults (`fault`): "frozen" (the same frame over and over), "black" (lens covered), "noise" (snow), "garbage" (broken bytes in the
stream), "slow" (one frame in a second and a half), "silent" (connected, but no more frames), "dead" (nobody listens).
`fault(None)` mends it, on the same port.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Literal, Self

import cv2
import numpy as np

from sandbox.codes.scene import Held, Picture, empty_hall, held_up

Fault = Literal["frozen", "black", "noise", "garbage", "slow", "silent", "dead"]

LOOP = 6
"""Frames that a scene is drawn as, each with its own grain: a real sensor never gives the same frame twice."""
GRAIN = 2.5
"""Gray levels of sensor noise."""
SLOW_SECONDS = 1.5
BOUNDARY = "frame"


class VirtualCamera:
    """A camera of `width` x `height` at `frames_per_second`; `seed` decides how hands hold things. Thread-safe."""

    def __init__(self, *, width: int = 960, height: int = 540, frames_per_second: float = 15.0, seed: int = 1) -> None:
        self._dice = np.random.default_rng(seed)
        self._hall = empty_hall(width, height)
        self._interval = 1 / frames_per_second
        self._lock = threading.Lock()
        self._frames = self._grained(self._hall)
        self._in_view: Sequence[bytes] = self._frames
        self._empty = self._frames
        self._fault: Fault | None = None
        self._server: _Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Where the stream is. Known once the camera was started."""
        if not self._port:
            raise RuntimeError("the camera has not been started")
        return f"http://127.0.0.1:{self._port}/stream"

    def start(self) -> Self:
        """Listen on a free port of the loopback (or the port it had before)."""
        if self._server is None:
            self._server = _Server(self, self._port)
            self._port = self._server.server_address[1]
        return self

    def stop(self) -> None:
        """Close the port and every connection, and end every thread."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def show(self, payload: bytes, *, kind: Held = "phone") -> None:
        """Someone holds a code up: on a phone or on paper."""
        self._see(self._grained(held_up(self._hall, payload, kind, self._dice)))

    def show_image(self, png: bytes) -> None:
        """Someone holds this picture up: it fills the view (any format that OpenCV reads)."""
        picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            raise ValueError("not a picture")
        rows, columns = self._hall.shape[:2]
        scale = min(rows / picture.shape[0], columns / picture.shape[1])
        fitted = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        view = self._hall.copy()
        top, left = (rows - fitted.shape[0]) // 2, (columns - fitted.shape[1]) // 2
        view[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted
        self._see(self._grained(view))

    def clear(self) -> None:
        """Nothing before the lens but the empty hall."""
        self._see(self._empty)

    def fault(self, fault: Fault | None) -> None:
        """Break the camera in one way, or mend it."""
        with self._lock:
            self._fault = fault
            self._frames = self._frames_under(fault)
        if fault == "dead":
            self.stop()
        else:
            self.start()

    def die(self) -> None:
        """The cable is pulled."""
        self.fault("dead")

    def revive(self) -> None:
        """The cable is back."""
        self.fault(None)

    def still(self) -> bytes:
        """What is before the lens now, as one JPEG."""
        with self._lock:
            return self._frames[0]

    def _see(self, frames: Sequence[bytes]) -> None:
        with self._lock:
            self._in_view = frames
            self._frames = self._frames_under(self._fault)

    def _frames_under(self, fault: Fault | None) -> Sequence[bytes]:
        match fault:
            case "frozen":
                return self._frames[:1]
            case "black":
                return [_jpeg(self._dice.integers(0, 4, self._hall.shape).astype(np.uint8)) for _ in range(LOOP)]
            case "noise":
                return [_jpeg(self._dice.integers(0, 256, self._hall.shape).astype(np.uint8)) for _ in range(LOOP)]
            case "garbage":
                return [self._dice.bytes(4000) for _ in range(LOOP)]
            case _:
                return self._in_view

    def _grained(self, view: Picture) -> Sequence[bytes]:
        shape = (*view.shape[:2], 1)
        return [_jpeg(np.clip(view + self._dice.normal(0, GRAIN, shape), 0, 255).astype(np.uint8)) for _ in range(LOOP)]

    # For the server's threads.

    def frame(self, number: int) -> bytes | None:
        """The frame that the stream's `number`-th part carries now; None while nothing is sent."""
        with self._lock:
            return None if self._fault == "silent" else self._frames[number % len(self._frames)]

    def interval(self) -> float:
        """Seconds until the next frame."""
        with self._lock:
            return SLOW_SECONDS if self._fault == "slow" else self._interval


class _Server(ThreadingHTTPServer):
    """Serves one camera; knows its connections, so that it can cut them all."""

    daemon_threads = True
    block_on_close = True
    allow_reuse_address = True

    def __init__(self, camera: VirtualCamera, port: int) -> None:
        self.camera = camera
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="virtual-camera", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.stopping.set()
        self.shutdown()
        with self._guard:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        self._thread.join()

    def connected(self, connection: socket.socket) -> None:
        with self._guard:
            self._connections.add(connection)

    def disconnected(self, connection: socket.socket) -> None:
        with self._guard:
            self._connections.discard(connection)


class _Handler(BaseHTTPRequestHandler):
    """``/stream``: parts without end; ``/frame.jpg``: one picture."""

    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def setup(self) -> None:
        super().setup()
        self.server.connected(self.connection)

    def finish(self) -> None:
        self.server.disconnected(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def do_GET(self) -> None:
        with contextlib.suppress(OSError):
            if self.path == "/frame.jpg":
                self._one(self.server.camera.still())
            elif self.path == "/stream":
                self._stream()
            else:
                self.send_error(404)

    def _one(self, jpeg: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(jpeg)))
        self.end_headers()
        self.wfile.write(jpeg)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        camera = self.server.camera
        for number in itertools.count():
            frame = camera.frame(number)
            if frame is not None:
                head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(frame)}\r\n\r\n"
                self.wfile.write(head.encode() + frame + b"\r\n")
            if self.server.stopping.wait(camera.interval()):
                return

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet: the terminal's own log says what it sees."""


def _jpeg(picture: Picture) -> bytes:
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return encoded.tobytes()
