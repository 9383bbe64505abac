"""Alerts and dashboard speak of metrics that there are. (`make alerts` runs the alerts' own tests with promtool.)"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import yaml
from prometheus_client import CollectorRegistry, generate_latest

from kiosk.watchdog.messages import BlankCount, DeviceWord, Heartbeat, StepTimes, VisitCount
from kiosk.watchdog.metrics import Figures
from kiosk.watchdog.tally import BOUNDS

DEPLOY = Path(__file__).parents[2] / "deploy"


def served() -> set[str]:
    """The name of every sample that the watchdog can serve."""
    figures = Figures()
    figures.tell(
        parts={"disk": (True, False)},
        heartbeat=Heartbeat(
            pid=1,
            devices=(DeviceWord(name="printer", state="online", reasons=("media-low",)),),
            obstacles=("blanks",),
            visits=(VisitCount(service="print", outcome="printed", count=1),),
            steps=(StepTimes(step="take", seconds=1.0, buckets=(1,) * (len(BOUNDS) + 1)),),
            blanks=(BlankCount(bin="A", kind="title", left=3),),
        ),
        age=1.0,
        expiries={"terminal": datetime(2027, 1, 1, tzinfo=UTC)},
        free_bytes=1,
        holds_back=False,
    )
    registry = CollectorRegistry(auto_describe=False)
    registry.register(figures)
    names = set(re.findall(r"^(dazheng_\w+)", generate_latest(registry).decode(), re.M))
    return names | {"dazheng_remedies_total"}


def named(expression: str) -> set[str]:
    return set(re.findall(r"\bdazheng_\w+", expression))


def test_alerts_and_dashboard_name_only_what_is_served() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "dazheng.rules.yml").read_text("utf-8"))["groups"][0]["rules"]
    dashboard = json.loads((DEPLOY / "grafana" / "dazheng.json").read_text("utf-8"))
    expressions = [rule["expr"] for rule in rules] + [panel["targets"][0]["expr"] for panel in dashboard["panels"]]
    wanted = set[str]().union(*(named(expression) for expression in expressions))
    assert len(wanted) >= 12
    assert wanted - served() == set()


def test_every_alert_says_what_to_do_and_is_tested() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "dazheng.rules.yml").read_text("utf-8"))["groups"][0]["rules"]
    tests = yaml.safe_load((DEPLOY / "prometheus" / "dazheng.rules.test.yml").read_text("utf-8"))["tests"]
    fired = {case["alertname"] for test in tests for case in test["alert_rule_test"] if case["exp_alerts"]}
    assert all(rule["annotations"]["action"] and rule["labels"]["severity"] in ("page", "ticket") for rule in rules)
    assert {rule["alert"] for rule in rules} == fired
