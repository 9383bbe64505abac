from __future__ import annotations

import pytest

from kiosk.certificate.typeset import Typesetter


@pytest.fixture(scope="session")
def typesetter() -> Typesetter:
    return Typesetter()
