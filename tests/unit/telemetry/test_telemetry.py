"""Telemetry: what is counted is served, in units, and names nobody."""

from __future__ import annotations

from urllib.request import urlopen

import pytest

from hub.errors import ConfigurationError
from hub.telemetry import Telemetry, metrics_address


def value(telemetry: Telemetry, name: str, **labels: str) -> float | None:
    return telemetry.registry.get_sample_value(name, labels)


def test_a_batch_counts_its_records_and_its_time() -> None:
    telemetry = Telemetry()

    telemetry.batch("records", 700, 0.2)
    telemetry.batch("records", 300, 0.1)

    assert value(telemetry, "hub_lane_batch_records_sum", lane="records") == 1000
    assert value(telemetry, "hub_lane_batch_records_count", lane="records") == 2
    assert value(telemetry, "hub_lane_batch_seconds_sum", lane="records") == pytest.approx(0.3)
    assert (value(telemetry, "hub_lane_last_commit_timestamp_seconds", lane="records") or 0) > 1e9


def test_two_telemetries_in_one_process_share_nothing() -> None:
    first, second = Telemetry(), Telemetry()

    first.fenced("identity")

    assert value(first, "hub_lane_fenced_commits_total", lane="identity") == 1
    assert value(second, "hub_lane_fenced_commits_total", lane="identity") == 0


def test_an_age_is_shown_only_where_it_is_known() -> None:
    telemetry = Telemetry()
    place = {"lane": "records", "topic": "registry.us-oh.events", "partition": "3"}

    telemetry.lag("records", "registry.us-oh.events", 3, 12, 4.5)
    assert value(telemetry, "hub_lane_oldest_unread_seconds", **place) == 4.5

    telemetry.lag("records", "registry.us-oh.events", 3, 12, None)
    assert value(telemetry, "hub_lane_lag_records", **place) == 12
    assert value(telemetry, "hub_lane_oldest_unread_seconds", **place) is None

    telemetry.lag("records", "registry.us-oh.events", 3, 0, None)
    assert value(telemetry, "hub_lane_oldest_unread_seconds", **place) == 0


def test_a_partition_that_went_to_another_worker_is_told_of_no_more() -> None:
    telemetry = Telemetry()
    telemetry.lag("records", "alliance.reference", 0, 5, 1.0)

    telemetry.forget("records", "alliance.reference", 0)
    telemetry.forget("records", "alliance.reference", 1)

    assert b"alliance.reference" not in telemetry.text()


def test_words_of_a_damaged_event_never_become_a_label() -> None:
    telemetry = Telemetry()

    telemetry.rejected("records", "KEY_NOT_OF_THE_RECORD", 2)
    telemetry.rejected("records", "Maria Vega, born 1980-02-03, is no code")
    telemetry.alarm("Maria Vega")

    text = telemetry.text().decode()
    assert "Maria" not in text
    assert 'hub_rejected_events_total{lane="records",reason="DAMAGED"} 1.0' in text
    assert 'hub_rejected_events_total{lane="records",reason="KEY_NOT_OF_THE_RECORD"} 2.0' in text
    assert 'hub_alarms_total{alarm="other"} 1.0' in text


def test_metrics_are_served_until_stopped_and_a_held_port_is_told_of() -> None:
    telemetry = Telemetry()
    telemetry.touches(7, 2.5)
    telemetry.outbox(4)
    telemetry.index_loading(0.25)
    server = telemetry.serve(0)
    try:
        with urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        with pytest.raises(ConfigurationError, match="cannot be served") as caught:
            Telemetry().serve(server.port)
    finally:
        server.stop()

    assert "hub_touches_pending 7.0" in text
    assert "hub_oldest_touch_seconds 2.5" in text
    assert "hub_outbox_pending 4.0" in text
    assert "hub_identity_index_loaded_ratio 0.25" in text
    assert caught.value.setting == "HUB_METRICS"
    with pytest.raises(OSError):
        urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=2)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9464", ("127.0.0.1", 9464)),
        ("9464", ("127.0.0.1", 9464)),
        ("[::1]:9464", ("::1", 9464)),
        ("metrics.example:80", ("metrics.example", 80)),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, address: tuple[str, int]) -> None:
    assert metrics_address(text) == address


@pytest.mark.parametrize("text", ["", "here", "here:", "127.0.0.1:99999", "a b:1", "http://a:1"])
def test_another_form_of_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="not an address"):
        metrics_address(text)
