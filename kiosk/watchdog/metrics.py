"""What Prometheus reads, on loopback only: OpenMetrics of parts, remedies and the terminal's own figures. Nothing of any person.

Names and labels are few and fixed (`deploy/prometheus` and `deploy/grafana` use them).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from threading import Lock

from prometheus_client import CollectorRegistry, Counter, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from kiosk.watchdog.messages import Heartbeat
from kiosk.watchdog.tally import BOUNDS

LOOPBACK = "127.0.0.1"


class Figures(Collector):
    """What the watchdog knows now; `tell` puts new figures in the place of the old ones as a whole."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._parts: dict[str, tuple[bool, bool]] = {}
        self._heartbeat: Heartbeat | None = None
        self._age = float("inf")
        self._expiries: dict[str, datetime] = {}
        self._free_bytes: int | None = None
        self._holds_back = False

    def tell(
        self,
        *,
        parts: Mapping[str, tuple[bool, bool]],
        heartbeat: Heartbeat | None,
        age: float,
        expiries: Mapping[str, datetime],
        free_bytes: int | None,
        holds_back: bool,
    ) -> None:
        """`parts`: (well, out of service) by name; `age`: seconds since the terminal's last heartbeat."""
        with self._lock:
            self._parts, self._heartbeat, self._age = dict(parts), heartbeat, age
            self._expiries, self._free_bytes, self._holds_back = dict(expiries), free_bytes, holds_back

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            parts, heartbeat, age = self._parts, self._heartbeat, self._age
            expiries, free_bytes, holds_back = self._expiries, self._free_bytes, self._holds_back
        up = GaugeMetricFamily("dazheng_part_up", "1 when the part is well", labels=["part"])
        out = GaugeMetricFamily("dazheng_part_out_of_service", "1 when everything was tried in vain", labels=["part"])
        for name, (well, given_up) in sorted(parts.items()):
            up.add_metric([name], float(well))
            out.add_metric([name], float(given_up))
        yield up
        yield out
        yield GaugeMetricFamily("dazheng_remedies_held_back", "1 in a boot loop: nothing is restarted", float(holds_back))
        ends = GaugeMetricFamily("dazheng_certificate_expiry_timestamp_seconds", "When it expires", labels=["certificate"])
        for name, end in sorted(expiries.items()):
            ends.add_metric([name], end.timestamp())
        yield ends
        if free_bytes is not None:
            yield GaugeMetricFamily("dazheng_disk_free_bytes", "Room where the store lies", free_bytes)
        if heartbeat is not None:
            yield GaugeMetricFamily("dazheng_heartbeat_age_seconds", "Since the terminal's event loop was heard", age)
            yield from _of_terminal(heartbeat)


def _of_terminal(heartbeat: Heartbeat) -> Iterator[Metric]:
    devices = GaugeMetricFamily("dazheng_device_state", "1 for the state (XFS) that the device is in", labels=["device", "state"])
    for device in heartbeat.devices:
        devices.add_metric([device.name, device.state], 1.0)
    yield devices
    reasons = GaugeMetricFamily(
        "dazheng_device_reason", "1 for each thing that the device says of itself", labels=["device", "reason"]
    )
    for device in heartbeat.devices:
        for reason in device.reasons:
            reasons.add_metric([device.name, reason], 1.0)
    yield reasons
    obstacles = GaugeMetricFamily("dazheng_obstacle", "1 for each thing that closes a service now", labels=["obstacle"])
    for code in sorted(set(heartbeat.obstacles)):
        obstacles.add_metric([code], 1.0)
    yield obstacles
    visits = CounterMetricFamily("dazheng_visits", "Visits by service and outcome", labels=["service", "outcome"])
    for visit in heartbeat.visits:
        visits.add_metric([visit.service, visit.outcome], visit.count)
    yield visits
    steps = HistogramMetricFamily("dazheng_step_seconds", "How long a step took", labels=["step"])
    for step in heartbeat.steps:
        names = [*(str(bound) for bound in BOUNDS), "+Inf"]
        steps.add_metric([step.step], list(zip(names, map(float, step.buckets), strict=True)), sum_value=step.seconds)
    yield steps
    blanks = GaugeMetricFamily("dazheng_blanks", "Blanks that can be printed on now", labels=["bin", "kind"])
    for bin_ in heartbeat.blanks:
        blanks.add_metric([bin_.bin, bin_.kind], bin_.left)
    yield blanks
    yield GaugeMetricFamily("dazheng_outbox_waiting", "Events that the platform has not acknowledged", heartbeat.outbox_waiting)
    yield GaugeMetricFamily("dazheng_outbox_oldest_seconds", "Age of the oldest of them", heartbeat.outbox_oldest_seconds)
    yield GaugeMetricFamily("dazheng_outbox_refused", "Events that the platform refused for good", heartbeat.outbox_refused)
    longest = heartbeat.loop_longest_ms / 1000
    yield GaugeMetricFamily("dazheng_loop_longest_seconds", "Longest callback of the event loop so far", longest)


class Metrics:
    """The figures and the counter of remedies, served on `port` of loopback (0: a free one)."""

    def __init__(self, port: int) -> None:
        """Raises `OSError` when the port is taken."""
        self.figures = Figures()
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self.figures)
        self._remedies = Counter(
            "dazheng_remedies", "Remedies by part and result", ["part", "remedy", "result"], registry=registry
        )
        self._server, self._thread = start_http_server(port, LOOPBACK, registry)
        self.port = int(self._server.server_port)

    def remedy(self, part: str, remedy: str, result: str) -> None:
        self._remedies.labels(part, remedy, result).inc()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
