"""A citizen at the machine's screen: she sees it, puts a finger on it, lays her card on the reader, reads a code on her phone, takes the paper.

Her finger is QEMU's absolute pointer (QMP `input-send-event`), her card lies in the USB reader; which keys are on the screen she reads from
the file that `kiosk run --eyes` keeps inside. Processors without KVM are slow, so she is patient.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from sandbox.citizen import Citizen, Unseen, View
from sandbox.devices.card import SocialSecurityCard
from sandbox.hall import card_of
from sandbox.machine.card import PassthruSlot
from sandbox.machine.installing import EYES
from sandbox.machine.outside import WALK_IN, Outside
from sandbox.machine.qemu import Machine
from sandbox.people import BY_SLUG

PATIENCE = 3.0
"""How many times longer than at a real terminal everything may take, on two idle cores of the host."""
LOOK_SECONDS = 0.3

Say = Callable[[str], None]


class DistantCitizen(Citizen):
    """`sandbox.citizen.Citizen` before a machine instead of an X display."""

    def __init__(self, machine: Machine, pictures: Path) -> None:
        super().__init__(display="", eyes=Path(EYES), pictures=pictures, alive=lambda: machine.runs)
        self._machine = machine
        self._patience = PATIENCE * machine.build.slowness

    def looks(self) -> View | None:
        raw = self._machine.guest.read(EYES)
        if not raw:
            return None
        told: dict[str, Any] = json.loads(raw)
        keys = {str(name): (float(x), float(y), float(w), float(h)) for name, (x, y, w, h) in told["targets"].items()}
        return View(str(told["prompt"]), keys, int(told["sequence"]))

    def waits_for(self, what: Callable[[View], bool], told: str, seconds: float = 30.0) -> View:
        deadline = time.monotonic() + seconds * self._patience
        view = None
        while time.monotonic() < deadline:
            view = self.looks()
            if view and what(view):
                return view
            time.sleep(LOOK_SECONDS)
        raise Unseen(f"waited {seconds * self._patience:g} s for {told}; saw {view}")

    def touches(self, key: str, seconds: float = 10.0) -> None:
        x, y, width, height = self.waits_for(lambda view: key in view.keys, f"a key {key!r}", seconds).keys[key]
        self._machine.touch(x + width / 2, y + height / 2)

    def touches_until(self, key: str, gone: Callable[[View], bool]) -> View:
        """Touch a key, and again where nothing comes of it for some seconds: as a person does before a slow machine."""
        for _ in range(6):
            self.touches(key)
            deadline = time.monotonic() + 4 * self._patience
            while time.monotonic() < deadline:
                if (view := self.looks()) is not None and gone(view):
                    return view
                time.sleep(LOOK_SECONDS)
        raise Unseen(f"{key!r} was touched six times and nothing came of it")

    def picture(self) -> Image.Image:
        path = self.pictures / "screen.png"
        self._machine.picture(path)
        return Image.open(path)


def prints_one(machine: Machine, outside: Outside, pictures: Path, say: Say) -> str:
    """From the home screen to the certificate in her hand. Returns the serial of the sheet that the unit printed. Raises `Unseen`."""
    before = len([mark for mark in outside.sheets.marks() if mark.what == "printed"])
    pictures.mkdir(parents=True, exist_ok=True)
    citizen = DistantCitizen(machine, pictures)
    slot = PassthruSlot(machine.card_socket)
    began = time.monotonic()

    def step(name: str) -> None:
        say(f"visit: {time.monotonic() - began:6.1f} s  {name}")

    try:
        citizen.sees("Home")
        step("home")
        citizen.touches_until("print", lambda view: view.prompt == "Identify")
        citizen.sees("Identify")
        slot.lay(_card())
        citizen.sees("Identify", key="other-way")
        step("her card was read by the USB reader")
        citizen.touches_until("other-way", lambda view: view.prompt == "EnterCode")
        citizen.sees("EnterCode")
        citizen.types(outside.digits())
        citizen.touches_until("go", lambda view: view.prompt != "EnterCode")
        view = citizen.sees("ChooseOne")
        step("she is known by card and phone")
        option = next(key for key in sorted(view.keys) if "option-" in key)
        citizen.touches_until(option, lambda view: "go" in view.keys)
        citizen.touches_until("go", lambda view: view.prompt != "ChooseOne")
        view = citizen.sees("CheckCertificate")
        step("she checks her certificate")
        while "page-next" in view.keys:
            sequence = view.sequence
            view = citizen.touches_until("page-next", lambda view: view.sequence > sequence or "correct" in view.keys)  # noqa: B023
        citizen.touches_until("correct", lambda view: view.prompt != "CheckCertificate")
        step("she says that it is right")
        citizen.sees("Take", seconds=60)
        step("it lies in the outlet")
        machine.picture(pictures / "outlet.png")
        outside.unit_part.asks("take")
        slot.lift()
        citizen.touches_until("taken", lambda view: view.prompt != "Take")
        citizen.sees("Evaluate")
        citizen.touches_until("word-5", lambda view: view.prompt != "Evaluate")
        citizen.sees("Home", "OutOfService")
        step("home again")
    finally:
        slot.close()
    printed = [mark for mark in outside.sheets.marks() if mark.what == "printed"]
    if len(printed) != before + 1:
        raise Unseen(f"one sheet: the unit's log has {len(printed) - before}")
    return printed[-1].serial


def _card() -> SocialSecurityCard:
    return card_of(BY_SLUG[WALK_IN])
