"""A real window with the admin screen behind its home screen: ``python -m tests.window.office_window DIRECTORY EYES``.

The ledgers and accounts are those of `tests.journeys.office`, with five blanks in bin A; one stay of staff, then it ends.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from kiosk import eyes
from kiosk.certificate.typeset import Typesetter
from kiosk.issuance import blanks
from kiosk.journeys.staff import staff
from screens.app import KioskWindow
from screens.prompts import STAFF, Home
from screens.samples import hall
from tests.journeys.office import CASE, Office


async def _stay(directory: Path, seen: Path) -> None:
    office = Office(directory, Typesetter())
    office.load()
    changed = asyncio.Event()
    window = KioskWindow((1080, 1920), hall=hall(), reduced_motion=True, on_change=changed.set)
    beside = [asyncio.ensure_future(window.run()), asyncio.ensure_future(eyes.keep(window, seen, changed))]
    assert await window.ask(Home(())) == STAFF
    how = await staff(window, CASE, office.counterparts)
    (line,) = blanks.account(office.store)
    sys.stdout.write(
        f"{how}, {'differs' if office.books.differs() else 'agrees'}, {line.left} left, kinds: {' '.join(office.kinds())}\n"
    )
    window.stop()
    await asyncio.wait(beside[:1])
    beside[1].cancel()
    office.close()


if __name__ == "__main__":
    asyncio.run(_stay(Path(sys.argv[1]), Path(sys.argv[2])))
