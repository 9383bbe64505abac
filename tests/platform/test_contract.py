"""The contract holds: `openapi.yaml` is sound, the sandbox keeps to it whatever it is asked, and the terminal's types fit it."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any, cast

import hypothesis
import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase
from openapi_spec_validator import validate
from pydantic import BaseModel

from kiosk.platform import types
from sandbox.platform import SandboxPlatform
from sandbox.platform.app import make_app

CONTRACT = Path(types.__file__).with_name("openapi.yaml")
DOCUMENT: dict[str, Any] = yaml.safe_load(CONTRACT.read_text("utf-8"))
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]


class _AsTerminal:
    """The sandbox's application as a terminal with a good client certificate reaches it."""

    def __init__(self, app: Any, terminal: str) -> None:
        self._app = app
        self._terminal = terminal

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope["state"] = {**scope.get("state", {}), "terminal": self._terminal}
        await self._app(scope, receive, send)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Any:
    platform = SandboxPlatform(tmp_path_factory.mktemp("platform"))
    app = _AsTerminal(make_app(platform.core), "xy-town-001")
    loaded = cast(Any, schemathesis.openapi).from_dict(DOCUMENT)
    loaded.app = app
    return loaded


NUMBERS = itertools.count(1)
OPERATIONS = [(path, method) for path, item in DOCUMENT["paths"].items() for method in item]


@pytest.mark.contract
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_the_sandbox_keeps_to_the_contract(api: Any, path: str, method: str) -> None:
    """Status, content type and body of every answer are as written; whatever does not fit is refused, nothing breaks."""

    @hypothesis.settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=cast("list[HealthCheck]", list(HealthCheck)),
    )
    @hypothesis.given(case=api[path][method].as_strategy())
    def holds(case: Any) -> None:
        # A key stands for one request; a generator that thinks of the same good key twice has two.
        if re.fullmatch(r"[A-Za-z0-9_-]{8,64}", str(dict[str, object](case.headers or {}).get("Idempotency-Key", ""))):
            case.headers["Idempotency-Key"] = f"contract-{next(NUMBERS)}"
        case.call_and_validate()

    holds()


def test_the_document_is_sound() -> None:
    validate(DOCUMENT)


def models() -> dict[str, type[BaseModel]]:
    """The terminal's types that have a schema of the same name."""
    return {
        name: model for name in SCHEMAS if isinstance(model := getattr(types, name, None), type) and issubclass(model, BaseModel)
    }


def test_every_object_of_the_contract_is_a_type_of_the_terminal() -> None:
    objects = {name for name, each in SCHEMAS.items() if each.get("type") == "object"} - {"Problem"}
    assert objects == set(models())


@pytest.mark.parametrize("name", sorted(models()))
def test_types_and_contract_have_the_same_fields(name: str) -> None:
    model, written = models()[name], SCHEMAS[name]
    assert set(model.model_fields) == set(written["properties"])
    # A constant that tells one proof from another is always there.
    needed = {field for field, info in model.model_fields.items() if info.is_required() or field == "type"}
    # What the terminal can do without, the platform still says (record: null where there is none).
    assert needed <= set(written["required"])


@pytest.mark.parametrize(
    ("schema_name", "field", "kind"),
    [("Listing", "availability", types.Availability), ("IssuanceReport", "outcome", types.IssuanceOutcome)],
)
def test_words_are_the_same(schema_name: str, field: str, kind: type[types.Availability] | type[types.IssuanceOutcome]) -> None:
    assert set(SCHEMAS[schema_name]["properties"][field]["enum"]) == {each.value for each in kind}
