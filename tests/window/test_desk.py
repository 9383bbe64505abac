"""The desk page in a browser: what it shows of the hall, and that its keys are hands.

Chromium is not part of the set-up (300 MB); where it is missing this file is skipped: ``apt-get install chromium``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.desk import CAMERA_FAULTS, PLATFORM_FAULTS, PRINTER_FAULTS, Desk
from sandbox.hall import Hall
from sandbox.people import PEOPLE
from tests.window.browser import CHROMIUM, Browser

pytestmark = [pytest.mark.device, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]


def pressed(label: str, within: str = "body") -> str:
    """Press the key that says `label`; whether there was one."""
    keys = f"[...document.querySelectorAll('{within} button')]"
    return f"(() => {{ const key = {keys}.find(each => each.textContent.trim() === '{label}'); if (key) key.click(); return !!key; }})()"


def test_the_desk_shows_the_hall_and_its_keys_are_hands(tmp_path: Path) -> None:
    with Hall(tmp_path / "hall") as hall, Desk(hall) as desk, Browser(desk.url) as browser:
        browser.waits_for(f"document.querySelectorAll('.person').length === {len(PEOPLE)}")
        assert browser.evaluate("document.title") == "The desk · 打证"
        words = browser.evaluate("document.body.innerText")
        for told in ("Her phone", "What the platform heard", "Blanks", "Kill and start", "pcscd", "cupsd"):
            assert told in words
        for fault in (*PRINTER_FAULTS, *PLATFORM_FAULTS, *CAMERA_FAULTS):
            assert fault in words

        assert browser.evaluate(pressed("card", "[data-slug=zhang-jianguo]"))
        browser.waits_for("document.getElementById('reader').textContent === 'on the reader: zhang-jianguo'")
        assert hall.reader.occupied
        assert browser.evaluate(pressed("code", "[data-slug=zhang-jianguo]"))
        browser.waits_for("document.getElementById('lens').textContent.includes('zhang-jianguo')")
        assert browser.evaluate(pressed("jam", "#printer"))
        browser.waits_for("document.querySelector('#printer [aria-pressed=true]').textContent === 'jam'")
        assert hall.printer.present_fault == "jam"
        assert browser.evaluate(pressed("whole", "#printer"))
        browser.waits_for("document.querySelector('#printer [aria-pressed=true]').textContent === 'whole'")
        assert browser.evaluate("document.getElementById('find').value = 'zhang-jianguo', 1")
        assert browser.evaluate(pressed("lift the card"))
        browser.waits_for("document.getElementById('reader').textContent === 'no card on the reader'")
        assert not hall.reader.occupied
        browser.waits_for("document.querySelectorAll('.person').length === 1")
        assert browser.evaluate("document.getElementById('trouble').textContent") == ""


def test_the_desk_tells_what_the_terminal_says_of_its_devices(tmp_path: Path) -> None:
    with Hall(tmp_path / "hall") as hall, Desk(hall) as desk, Browser(desk.url) as browser:
        browser.waits_for("document.getElementById('says').textContent === 'it says nothing'")
        hall.start_terminal(None)
        browser.waits_for("document.getElementById('says').textContent === 'it serves'", seconds=60)
        told = "[...document.querySelectorAll('#devices dt')].map(each => each.textContent).join()"
        assert browser.evaluate(told) == "card-reader,code-scanner,printer,ups,door"
        hall.printer.fault("cover-open")
        browser.waits_for("document.getElementById('devices').textContent.includes('cover-open')", seconds=30)
        browser.waits_for("document.getElementById('says').textContent === 'it does not print: printer'", seconds=30)
        assert browser.evaluate("document.body.scrollWidth <= window.innerWidth")
        hall.printer.fault(None)
        browser.waits_for("document.getElementById('says').textContent === 'it serves'", seconds=30)
