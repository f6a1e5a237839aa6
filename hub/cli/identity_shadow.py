"""What `hub identity shadow` does: try a model on what stands, and say what it would change."""

from __future__ import annotations

import sys
from pathlib import Path

from hub.adapters.keyring import open_keyring
from hub.adapters.sql_store import SqlStore
from hub.audit.shadow import Shadow, by_registries, shadow_of
from hub.cli import common
from hub.console.identity import print_shadow
from hub.domain.state import Document
from hub.errors import ConfigurationError
from hub.identity.model import parse_model
from hub.settings import Settings

Urls = tuple[str | None, str | None]


def run_shadow(path: Path, urls: Urls, limit: int, target: str | None, settings: Settings) -> int:
    """Print what promoting the model would change. Changes nothing."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path} was not read: {error.strerror}") from None
    model = parse_model(text, source=path.name)
    store_url = common.required(urls[0] or settings.store, "HUB_STORE", "--store")
    keyring = open_keyring(common.keyring_url(urls[1], settings))
    store = SqlStore(store_url)
    try:
        shadow = shadow_of(store, keyring, model)
    finally:
        store.close()
        keyring.close()
    document = shadow_document(shadow, model.name, limit)
    common.write_json(document, target)
    if target != "-":
        print_shadow({**document, "file": str(path)}, sys.stdout)
    return 0


def shadow_document(shadow: Shadow, name: str, limit: int) -> Document:
    """Counts, counts by registries, and the first pairs by their persons' ids."""
    changes = {
        "appear": shadow.appear,
        "vanish": shadow.vanish,
        "reviews_opened": shadow.opened,
        "reviews_closed": shadow.closed,
    }
    return {
        "model": name,
        "in_force": shadow.in_force,
        "claims_decided": shadow.position,
        "persons": shadow.persons,
        **{key: len(pairs) for key, pairs in changes.items()},
        "national_person_changes": shadow.moved,
        "by_registries": {key: by_registries(pairs) for key, pairs in changes.items()},
        "first": {
            key: [[list(pair.one), list(pair.other)] for pair in pairs[:limit]]
            for key, pairs in changes.items()
        },
    }
