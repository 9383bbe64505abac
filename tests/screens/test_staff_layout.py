"""The staff's screens, laid out like every other: nothing is cut off, nothing overlaps, every key can be hit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from screens.staff_prompts import StaffBoard, TouchTest
from screens.staff_samples import staff_samples
from screens.theme import Themes
from tests.screens.test_layout import every, faults, laid_out

pytestmark = pytest.mark.no_cover  # so many cases that tracing each would take longer than they

if TYPE_CHECKING:
    from screens.ink import Ink


HIGH = {name for name, prompt in staff_samples().items() if isinstance(prompt, StaffBoard | TouchTest)}


@pytest.mark.window
@pytest.mark.parametrize("name", sorted(staff_samples()))
def test_everything_fits(name: str, ink: Ink, themes: Themes) -> None:
    troubles: list[str] = []
    for case in every(name):
        screen = laid_out(case, staff_samples()[name], ink, themes)
        # What is high up on the dashboard is in the menu behind its lowest keys, too.
        if not (case.low and name in HIGH):
            troubles += [f"{case}: {trouble}" for trouble in faults(screen)]
    assert not troubles, "\n".join(troubles[:20])
