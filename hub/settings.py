"""Settings: HUB_* of the environment, read once; unknown ones are refused.

`HUB_TEST_*` belongs to the tests and `HUB_CACHE` to the local broker's jars.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.errors import ConfigurationError

_OTHERS = ("HUB_TEST_", "HUB_CACHE")


class Settings(BaseSettings):
    """Where things are. Every field is HUB_ and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="HUB_", extra="forbid", frozen=True)

    log: str | None = Field(default=None, description="sqlite:///path or kafka://host:port")
    store: str | None = Field(default=None, description="sqlite:///path or postgresql://…")
    keyring: SecretStr | None = Field(
        default=None, description="the same forms as the store; kept and backed up apart"
    )
    token_key: str | None = Field(
        default=None,
        description="file of the states' token key, or both files while it is changed, parted as"
        " in PATH; only on a state's edge",
    )
    out: str | None = Field(default=None, description="folder of the registries' out folders")
    metrics: str | None = Field(
        default=None, description="host:port where a worker serves Prometheus metrics"
    )
    reviews_weekly: int = Field(
        default=50, ge=0, description="new reviews that a registry is shown in a week"
    )
    contacts: str | None = Field(
        default=None,
        description="TOML file of how registries are reached: [contacts], code = text",
    )
    lapse_days: int = Field(
        default=60, ge=1, le=366, description="days before a credential's last day to tell of it"
    )
    contradictions_min: int = Field(
        default=5, ge=1, description="decisions against one version of a rule that are told of"
    )
    contradictions_of: int = Field(
        default=20, ge=1, le=1000, description="how many last decisions under it are looked at"
    )
    kafka_username: str | None = Field(default=None, description="SASL/SCRAM user")
    kafka_password: SecretStr | None = Field(default=None, description="SASL/SCRAM password")
    kafka_ca: str | None = Field(
        default=None, description="PEM file of the authority that signed the brokers' certificates"
    )
    kafka_certificate: str | None = Field(
        default=None, description="PEM file of the client's own certificate, for mutual TLS"
    )
    kafka_certificate_key: str | None = Field(
        default=None, description="PEM file of that certificate's key, unencrypted"
    )
    kafka_tls: str | None = Field(
        default=None, description="on or off; left out, on where a file of TLS is set"
    )


def setting_names() -> tuple[str, ...]:
    """Every setting's name in the environment."""
    return tuple(f"HUB_{name.upper()}" for name in Settings.model_fields)


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings. Raises ConfigurationError for a HUB_ name that is none."""
    given = os.environ if environment is None else environment
    known = setting_names()
    for name in sorted(given):
        if name.startswith("HUB_") and name not in known and not name.startswith(_OTHERS):
            raise ConfigurationError(f"{name} is not a setting.{near_miss(name, known)}")
    values = {n.lower().removeprefix("hub_"): given[n] for n in known if given.get(n)}
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        named = f"HUB_{error.errors()[0]['loc'][0]}".upper()
        raise ConfigurationError(
            f"{named} has a value that it cannot have", setting=named, fix="see docs/settings.md"
        ) from None


def near_miss(name: str, names: tuple[str, ...]) -> str:
    """A question that names the nearest known name; nothing where none is near."""
    near = get_close_matches(name, names, n=1, cutoff=0.7)
    return f" Did you mean {near[0]}?" if near else ""
