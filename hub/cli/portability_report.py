"""What `hub portability report` does: the inbox's answers to one request, as a page to print."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from hub import __version__, bootstrap
from hub.cli import common
from hub.cli.said import checked_registry
from hub.domain.rows import Person
from hub.errors import ConfigurationError
from hub.intake.answers import person_named
from hub.intake.inbox import Item, standing_items
from hub.printing.document import Document
from hub.printing.html import html_of
from hub.printing.pdf import pdf_of
from hub.printing.portability import Asked, portability_report
from hub.printing.texts import Texts
from hub.printing.texts_en import texts as english
from hub.printing.texts_es import texts as spanish
from hub.projections.exchange_items import NO_POLICY, request_prefix
from hub.settings import Settings

LANGUAGES = {"en": english, "es": spanish}
FORMS = (".html", ".pdf")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """What `hub portability report` was told."""

    whose: str
    to: str
    out: Path
    language: str
    as_of: str | None


async def run_report(options: ReportOptions, log_url: str | None, settings: Settings) -> int:
    """Write the report."""
    asker, receiver = person_named(options.whose), checked_registry(options.to)
    texts, as_of = _texts(options.language), _as_of(options.as_of)
    form = options.out.suffix.lower()
    if form not in FORMS:
        raise common.UsageError(
            "--out names a file of no known form", fix=f"end its name in {' or '.join(FORMS)}"
        )
    url = common.required(log_url or settings.log, "HUB_LOG", "--log")
    log = bootstrap.open_log(url, settings, to_read=True)
    try:
        items = await standing_items(
            log, asker.registry, item="PORTABILITY", holding=request_prefix(asker, receiver)
        )
    finally:
        await log.close()
    found = [each for each in items if _answers(each, asker, receiver)]
    if not found:
        raise ConfigurationError(
            f"the inbox of {asker.registry} answers no request of this person for {receiver}",
            tried="items of its own inbox topic that stand",
            fix="ask first: hub portability ask; the answers follow when the hub has worked",
            effect="no file was written",
        )
    document = portability_report(
        _asked(asker, receiver, as_of, found, options), _bodies(found), texts
    )
    _write(document, options.out, form)
    count = len(_bodies(found))
    sys.stdout.write(
        f"{options.out}: {count:,} {'record' if count == 1 else 'records'} of"
        f" {options.whose} for {receiver}, as of {as_of.isoformat()}.\n"
    )
    return 0


def _answers(item: Item, asker: Person, receiver: str) -> bool:
    body = item.body
    return bool(body["judge"] == receiver and body["person_ids"] == [asker.person_id])


def _bodies(items: Sequence[Item]) -> list[dict[str, object]]:
    """Answers about records; the one without a record is the request itself."""
    return [each.body for each in items if each.body["record_id"] is not None]


def _asked(
    asker: Person, receiver: str, as_of: date, items: Sequence[Item], options: ReportOptions
) -> Asked:
    words = [
        "hub", "portability", "report", options.whose, "--to", receiver,
        "--as-of", as_of.isoformat(), "--language", options.language,
        "--out", options.out.name,
    ]  # fmt: skip
    return Asked(
        asker=asker,
        receiver=receiver,
        requested_on=max(each.body["requested_on"] for each in items),
        as_of=as_of,
        synthetic=any(each.head.synthetic for each in items),
        received_ms=max(each.append_at_ms for each in items),
        silent=_silent(items),
        version=__version__,
        command=shlex.join(words),
    )


def _silent(items: Sequence[Item]) -> tuple[str, ...]:
    """Kinds on which the receiver has no policy, as the request's own item names them."""
    kinds: set[str] = set()
    for each in items:
        word, _, rest = (each.body["rule"] or "").partition(":")
        if word == NO_POLICY:
            kinds |= {kind.strip() for kind in rest.split(",") if kind.strip()}
    return tuple(sorted(kinds))


def _write(document: Document, out: Path, form: str) -> None:
    try:
        if form == ".html":
            out.write_text(html_of(document), encoding="utf-8", newline="\n")
        else:
            out.write_bytes(pdf_of(document))
    except OSError as error:
        raise ConfigurationError(
            f"{out} was not written: {error.strerror}", fix="name a file in a folder that is there"
        ) from None


def _texts(language: str) -> Texts:
    if language not in LANGUAGES:
        raise common.UsageError(
            f'there are no texts in "{language}"', fix=f"use {' or '.join(LANGUAGES)}"
        )
    return LANGUAGES[language]()


def _as_of(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise common.UsageError("--as-of is a day", fix="write one such as 2026-06-30") from None
