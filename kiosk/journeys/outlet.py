"""What the sensor at the outlet says of a certificate that lies there, and how far it is believed.

A sensor that never saw the certificate says nothing of its being taken; then her word counts. One that sees it still is believed against her
word: she has not taken it yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LOOK_SECONDS = 0.1


class OutletSensor:
    """`occupied`: True, False, or None where it cannot say."""

    def __init__(self, occupied: Callable[[], bool | None]) -> None:
        self._occupied = occupied
        self._seen = False
        self.contradicts = False
        """Whether she said that she had taken it while it still lay there."""

    async def taken_within(self, seconds: float) -> bool:
        """Whether it saw the certificate go; waits so long for it."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while (left := deadline - loop.time()) > 0:
            match self._occupied():
                case True:
                    self._seen = True
                case False if self._seen:
                    return True
                case _:
                    pass
            await asyncio.sleep(min(LOOK_SECONDS, left))
        return False

    def denies(self) -> bool:
        """She says that she has taken it: whether it still lies there."""
        self.contradicts = self._occupied() is True
        self._seen = self._seen or self.contradicts
        return self.contradicts
