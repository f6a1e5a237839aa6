"""What the commands about reviews share: options, terms, contacts, and how they answer."""

from __future__ import annotations

import csv
import io
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from hub.adapters.sql_store import SqlStore
from hub.api.tables import neutralized
from hub.cli import common
from hub.domain.state import Document
from hub.errors import ConfigurationError
from hub.lanes.asking import Terms, review_days
from hub.ports import StoreTransaction
from hub.reciprocity.codes import is_registry
from hub.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOptions:
    """The words that these commands share."""

    store: str | None
    as_of: date | None
    send: bool
    json: str | None
    csv: str | None = None


@contextmanager
def opened(options: AskOptions, settings: Settings) -> Iterator[tuple[StoreTransaction, Terms]]:
    store = SqlStore(common.required(options.store or settings.store, "HUB_STORE", "--store"))
    try:
        with store.transaction() as tx:
            yield tx, terms_of(tx, day(options), settings)
    finally:
        store.close()


def terms_of(tx: StoreTransaction, as_of: date, settings: Settings) -> Terms:
    """On which terms registries are asked, by the settings and the model in force."""
    return Terms(
        as_of=as_of,
        review_days=review_days(tx),
        weekly=settings.reviews_weekly,
        contacts=read_contacts(settings.contacts),
    )


def read_contacts(path: str | None) -> dict[str, str]:
    """How registries are reached, by code: a TOML file of one table, [contacts]."""
    if path is None:
        return {}
    try:
        table = tomllib.loads(Path(path).read_text("utf-8"))["contacts"]
        if not all(is_registry(code) and isinstance(text, str) for code, text in table.items()):
            raise ValueError("a code or a contact is none")
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ConfigurationError(
            f"the registries' contacts were not read: {type(error).__name__}",
            setting="HUB_CONTACTS",
            fix='write a TOML file: [contacts], then lines such as us-oh = "office@example.gov"',
        ) from None
    return dict(table)


def day(options: AskOptions) -> date:
    return options.as_of or datetime.now(UTC).date()


def check_registry(code: str) -> None:
    if not is_registry(code):
        raise common.UsageError(f'"{code}" is no registry', fix="write a code such as us-oh")


def write_rows(rows: Sequence[Document], columns: Sequence[str], target: str | None) -> None:
    if target is None:
        return
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({column: neutralized(row[column]) for column in columns})
    if target == "-":
        sys.stdout.write(text.getvalue())
    else:
        Path(target).write_text(text.getvalue(), encoding="utf-8", newline="")


def shown(document: Document, options: AskOptions, show: Callable[[], None]) -> int:
    common.write_json(document, options.json)
    if "-" not in (options.json, options.csv):
        show()
    return 0
