"""Chromium without a display, spoken to over its debugging pipe: opens one page, evaluates expressions in it. Nothing of it stays."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from types import TracebackType
from typing import Any, Self

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-headless-shell")


class Browser:
    """One page at `url`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._next = 0
        self._rest = b""
        self._session = ""

    def __enter__(self) -> Self:
        assert CHROMIUM is not None
        self._profile = tempfile.TemporaryDirectory(prefix="dz-web")
        commands, self._to = os.pipe()
        self._answers, answers = os.pipe()
        # The browser takes commands on its descriptor 3 and answers on 4. (Not every shell knows descriptors above 9.)
        shell = f'exec "$0" "$@" 3<&{commands} 4>&{answers}'
        words = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--remote-debugging-pipe",
            f"--user-data-dir={self._profile.name}",
        ]
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", shell, CHROMIUM, *words],
            pass_fds=(commands, answers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(commands)
        os.close(answers)
        target = self._ask("Target.createTarget", url=self._url)["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._session = ""
        self._say("Browser.close")
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._to)
        os.close(self._answers)
        self._profile.cleanup()

    def evaluate(self, expression: str) -> Any:
        """What an expression of JavaScript comes to."""
        return self._ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def waits_for(self, expression: str, seconds: float = 30.0) -> Any:
        """Until it comes to something true."""
        until = time.monotonic() + seconds
        while not (found := self.evaluate(expression)):
            if time.monotonic() > until:
                raise AssertionError(f"never true: {expression}")
            time.sleep(0.05)
        return found

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = self._say(method, **parameters)
        while True:
            while b"\0" not in self._rest:
                portion = os.read(self._answers, 1 << 16)
                if not portion:
                    raise RuntimeError("the browser has ended")
                self._rest += portion
            message, _, self._rest = self._rest.partition(b"\0")
            answer = json.loads(message)
            if answer.get("id") == number:
                return answer["result"]

    def _say(self, method: str, **parameters: Any) -> int:
        self._next += 1
        asked: dict[str, Any] = {"id": self._next, "method": method, "params": parameters}
        if self._session:
            asked["sessionId"] = self._session
        os.write(self._to, json.dumps(asked).encode() + b"\0")
        return self._next
