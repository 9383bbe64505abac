"""Who a travel document's holder is to the registry: number, issuing state, and one of the two names."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.platform.types import CardProof
from sandbox.people import TRAVELLERS
from sandbox.platform import TERMINAL, SandboxPlatform
from sandbox.platform.paper import Problem


def proof(name: str, state: str | None, latin: str | None = None) -> CardProof:
    return CardProof(document="travel-document", number="L898902C3", name=name, latin_name=latin, issuing_state=state)


@pytest.fixture
def platform(tmp_path: Path) -> SandboxPlatform:
    return SandboxPlatform(tmp_path, people=TRAVELLERS)


@pytest.mark.parametrize(
    "given", [proof("ERIKSSON ANNA MARIA", "UTO"), proof("안나", "UTO", "ERIKSSON ANNA MARIA")], ids=["latin", "both"]
)
def test_the_registry_knows_her_by_either_name(platform: SandboxPlatform, given: CardProof) -> None:
    assert platform.core.open_session(TERMINAL, given).level == 1


@pytest.mark.parametrize(
    "given",
    [proof("ERIKSSON ANNA MARIA", "D"), proof("ERIKSSON ANNA MARIA", None), proof("MUSTERMANN ERIKA", "UTO")],
    ids=["another state's", "no state", "another name"],
)
def test_the_same_number_of_another_state_or_person_is_nobody(platform: SandboxPlatform, given: CardProof) -> None:
    with pytest.raises(Problem, match="unknown-person"):
        platform.core.open_session(TERMINAL, given)
