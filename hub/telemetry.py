"""What one worker counts and measures of itself, as Prometheus metrics.

Every Telemetry has a registry of its own, so nothing is shared between two in one process, and one
that nobody serves is as good as none. Names begin with `hub_` and end in their unit. Labels hold
lanes, topics, partitions, registries, rule codes and alarm names: never an id of a person, a record
or an event. Any thread may call any method.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Thread
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
    start_http_server,
)

from hub.errors import ConfigurationError

LANES = ("records", "identity", "derive", "relay", "sync")
HOST = "127.0.0.1"

_BATCH_RECORDS = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000)
_BATCH_SECONDS = (0.005, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30)
_VERDICTS = {1: "review", 2: "link"}
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_ALARM = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class MetricsServer:
    """Serves one Telemetry until it is stopped."""

    host: str
    port: int
    _server: Any
    _thread: Thread

    def stop(self) -> None:
        """Answer nobody any more; returns when the port is free."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Telemetry:
    """One worker's metrics."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._described: list[tuple[str, str, tuple[str, ...], str]] = []
        self._held_before: Mapping[tuple[str, str], int] = {}
        self._of_lanes()
        self._of_store()

    def described(self) -> list[tuple[str, str, tuple[str, ...], str]]:
        """Name, kind, labels and meaning of every metric of the hub's own, by name."""
        return sorted(self._described)

    def _of_lanes(self) -> None:
        self._batch_records = self._histogram(
            "hub_lane_batch_records", "Records of one committed batch.", _BATCH_RECORDS
        )
        self._batch_seconds = self._histogram(
            "hub_lane_batch_seconds", "Time from a batch's start to its commit.", _BATCH_SECONDS
        )
        self._committed = self._gauge(
            "hub_lane_last_commit_timestamp_seconds", "When the lane last committed.", "lane"
        )
        place = ("lane", "topic", "partition")
        self._lag = self._gauge(
            "hub_lane_lag_records", "Records on the log that the lane has not read.", *place
        )
        self._oldest = self._gauge(
            "hub_lane_oldest_unread_seconds", "Age by append time of the first of them.", *place
        )
        self._rejected = self._counter(
            "hub_rejected_events", "Events not applied, by rule.", "lane", "reason"
        )
        self._fenced = self._counter(
            "hub_lane_fenced_commits", "Batches thrown away: another worker went on.", "lane"
        )
        self._retried = self._counter(
            "hub_lane_retries", "Steps that were rolled back and tried again.", "lane"
        )
        for lane in LANES:
            self._batch_records.labels(lane)
            self._batch_seconds.labels(lane)
            self._fenced.labels(lane)
            self._retried.labels(lane)

    def _of_store(self) -> None:
        self._touches = self._gauge("hub_touches_pending", "Notes to derive something again.")
        self._oldest_touch = self._gauge("hub_oldest_touch_seconds", "Age of the oldest touch.")
        self._outbox = self._gauge("hub_outbox_pending", "Derived events not published yet.")
        self._index = self._gauge(
            "hub_identity_index_loaded_ratio", "Of the identity index, from 0 to 1."
        )
        self._pairs = self._gauge(
            "hub_identity_pairs", "Pairs of persons that stand, by verdict.", "verdict"
        )
        self._reviews = self._gauge(
            "hub_identity_open_reviews", "Pairs of persons that registries are to answer."
        )
        self._held = self._gauge(
            "hub_identity_held_persons",
            "Persons held from linking until the Alliance releases them.",
            "registry",
            "cause",
        )
        self._alarms = self._counter("hub_alarms", "Times a person was called.", "alarm")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        self._described.append((f"{name}_total", "counter", labels, text))
        return Counter(name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        self._described.append((name, "gauge", labels, text))
        return Gauge(name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        self._described.append((name, "histogram", ("lane",), text))
        return Histogram(name, text, ("lane",), buckets=buckets, registry=self.registry)

    def batch(self, lane: str, size: int, seconds: float) -> None:
        """A batch was committed."""
        self._batch_records.labels(lane).observe(size)
        self._batch_seconds.labels(lane).observe(seconds)
        self._committed.labels(lane).set_to_current_time()

    def rejected(self, lane: str, reason: str, count: int = 1) -> None:
        """Events were not applied. A reason that is no rule's code counts as DAMAGED: its words
        may hold what the event held."""
        code = reason if _CODE.fullmatch(reason) else "DAMAGED"
        self._rejected.labels(lane, code).inc(count)

    def fenced(self, lane: str) -> None:
        """A commit met a position that another worker had moved."""
        self._fenced.labels(lane).inc()

    def retried(self, lane: str) -> None:
        """A step was rolled back and is tried again."""
        self._retried.labels(lane).inc()

    def lag(
        self, lane: str, topic: str, partition: int, lag: int, oldest_seconds: float | None
    ) -> None:
        """How far a lane is behind on one of this worker's partitions; None: the age is not known,
        and is not shown unless nothing is unread."""
        place = (lane, topic, str(partition))
        self._lag.labels(*place).set(lag)
        if lag == 0:
            oldest_seconds = 0.0
        if oldest_seconds is None:
            _drop(self._oldest, place)
        else:
            self._oldest.labels(*place).set(oldest_seconds)

    def forget(self, lane: str, topic: str, partition: int) -> None:
        """The partition went to another worker, which tells of it instead."""
        for gauge in (self._lag, self._oldest):
            _drop(gauge, (lane, topic, str(partition)))

    def touches(self, pending: int, oldest_seconds: float | None) -> None:
        """What waits to be derived again; no age where nothing waits."""
        self._touches.set(pending)
        self._oldest_touch.set(oldest_seconds or 0.0)

    def outbox(self, pending: int) -> None:
        """What waits to be published."""
        self._outbox.set(pending)

    def index_loading(self, fraction: float) -> None:
        """How much of the identity index is in memory; 1 when it is whole."""
        self._index.set(fraction)

    def open_reviews(self, count: int) -> None:
        """Pairs that registries are to answer."""
        self._reviews.set(count)

    def identity(self, pairs: Mapping[int, int], held: Mapping[tuple[str, str], int]) -> None:
        """Pairs by verdict, and persons held by registry and cause; where more are held than
        before, a person is called."""
        for verdict, name in _VERDICTS.items():
            self._pairs.labels(name).set(pairs.get(verdict, 0))
        before = self._held_before
        for place in before.keys() | held.keys():
            self._held.labels(*place).set(held.get(place, 0))
            if held.get(place, 0) > before.get(place, 0):
                self.alarm("identity_held")
        self._held_before = dict(held)

    def alarm(self, name: str) -> None:
        """A person must look; docs/operations.md says at what. Names are words of the program."""
        self._alarms.labels(name if _ALARM.fullmatch(name) else "other").inc()

    def text(self) -> bytes:
        """Everything, in Prometheus' text form."""
        return generate_latest(self.registry)

    def serve(self, port: int, host: str = HOST) -> MetricsServer:
        """Answer on http://host:port/metrics, in a thread; port 0 takes a free one. Raises
        ConfigurationError where it cannot be had."""
        try:
            server, thread = start_http_server(port, host, self.registry)
        except OSError as error:
            raise ConfigurationError(
                f"metrics cannot be served at {host}:{port}",
                tried=f"The system says: {error.strerror or error}.",
                setting="HUB_METRICS",
                fix="Give another port, or end the program that holds this one.",
            ) from error
        return MetricsServer(host, int(server.server_address[1]), server, thread)


def metrics_address(text: str) -> tuple[str, int]:
    """Host and port of HUB_METRICS: `host:port`, or a port alone for this machine only. Raises
    ConfigurationError."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]") or HOST
    if not port.isdecimal() or not 0 <= int(port) <= 65_535 or not _is_host(host):
        raise ConfigurationError(
            f"{text} is not an address for metrics",
            setting="HUB_METRICS",
            fix="Write host:port, such as 127.0.0.1:9464.",
        )
    return host, int(port)


def _is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return re.fullmatch(r"[A-Za-z0-9.-]+", text) is not None
    return True


def _drop(gauge: Gauge, labels: tuple[str, ...]) -> None:
    """Series that were never set are as good as dropped."""
    try:
        gauge.remove(*labels)
    except KeyError:
        return
