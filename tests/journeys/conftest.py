"""What the tests of the admin screen share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.certificate.typeset import Typesetter
from tests.journeys.office import Office


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    """Not the one that certificates are tested with: staff calibrate it here."""
    return Typesetter()


@pytest.fixture
def office(tmp_path: Path, typesetter: Typesetter) -> Iterator[Office]:
    made = Office(tmp_path, typesetter)
    yield made
    made.close()
