"""The request of Kafka's protocol that the driver lacks: IncrementalAlterConfigs, version 0.

The driver has AlterConfigs alone, which puts every setting that it does not name back to its
default. Every broker since Kafka 2.3 takes this one.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int8, Int16, Int32, Schema, String

_KEY = 44
_TOPIC = 2
_SET = 0


class AlterSettingsAnswer(Response):  # type: ignore[misc]
    """Error code and message of every topic."""

    API_KEY = _KEY
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "responses",
            Array(
                ("error_code", Int16),
                ("error_message", String("utf-8")),
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
            ),
        ),
    )


class AlterSettingsQuestion(RequestStruct):  # type: ignore[misc]
    """The bytes of the request."""

    API_KEY = _KEY
    API_VERSION = 0
    RESPONSE_TYPE = AlterSettingsAnswer
    SCHEMA = Schema(
        (
            "resources",
            Array(
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
                (
                    "configs",
                    Array(
                        ("name", String("utf-8")),
                        ("config_operation", Int8),
                        ("value", String("utf-8")),
                    ),
                ),
            ),
        ),
        ("validate_only", Boolean),
    )


class AlterSettingsRequest(Request[AlterSettingsQuestion]):  # type: ignore[misc]
    """Set these settings of these topics, and leave the others as they are."""

    API_KEY = _KEY

    def __init__(self, settings: Mapping[str, Mapping[str, str]], *, only_try: bool) -> None:
        self._settings = settings
        self._only_try = only_try

    def build(self, request_struct_class: type[AlterSettingsQuestion]) -> AlterSettingsQuestion:
        resources = [
            (_TOPIC, topic, [(name, _SET, value) for name, value in values.items()])
            for topic, values in self._settings.items()
        ]
        return request_struct_class(resources, self._only_try)
