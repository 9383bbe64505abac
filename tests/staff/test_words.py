"""Every entry, state, reason and refusal that the admin screen can show has its words in both languages, with every value that they want."""

from __future__ import annotations

import pytest

from kiosk.issuance.blanks import BlankState
from kiosk.issuance.states import State
from kiosk.journeys.staff import MORE
from kiosk.staff import story
from kiosk.staff.books import OUT
from kiosk.staff.pauses import REASONS as WHYS
from kiosk.staff.power import PowerAct
from kiosk.staff.roles import Role
from offline_cache.journal import Entry
from peripherals.device import DeviceState
from screens.wording import Language, sentences

CHECKS = ("reader", "scanner", "printer", "platform", "ledger", "clock", "outbox", "touch")


def needed() -> set[str]:
    return {
        *(f"staff.entry.{kind}" for kind in story.TONES),
        *(f"staff.state.{state.value}" for state in State),
        *(f"staff.blank.{state.value}" for state in BlankState),
        *(f"staff.fact.{state.value}" for state in DeviceState),
        *(f"staff.role.{role.value}" for role in Role),
        *(f"staff.do.{name}{part}" for name in MORE for part in ("", ".sub")),
        *(f"staff.{part}.{name}" for name in CHECKS for part in ("device", "test")),
        *(f"staff.test.{name}.sub" for name in CHECKS),
        *(f"{part}.{why}" for why in WHYS for part in ("staff.pause", "oos.reason.paused")),
        *(f"staff.power.{act.value}{part}" for act in PowerAct for part in ("", ".sub")),
        *(f"staff.out.{end}{part}" for end in OUT for part in ("", ".sub", ".sure", ".go", ".done")),
        *(f"staff.why.{reason}" for _, reasons in OUT.values() for reason in reasons),
        *(f"staff.end.{end}{part}" for end in ("spoiled", "retained", "taken") for part in ("", ".sub")),
        *(f"staff.refused.{code}" for code in ("no-place", "no-stick", "stick-full", "keys", "at-work", "systemd")),
        *(f"staff.trouble.{code}" for code in ("wrong", "wait", "locked", "card", "stranger")),
    }


@pytest.mark.parametrize("language", list(Language))
def test_every_word_is_there(language: Language) -> None:
    assert sorted(needed() - set(sentences(language))) == []


@pytest.mark.parametrize("language", list(Language))
def test_an_entry_of_any_kind_can_be_said(language: Language) -> None:
    for kind in (*story.TONES, "something.new"):
        _, said = story.words(Entry(1, "2026-05-18T04:00:00+00:00", None, kind, {"by": "0317"}, b"", b""))
        assert said.render(language)
