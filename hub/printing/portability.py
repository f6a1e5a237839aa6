"""The report that answers a worker's request: what another registry's rules say of each record,
and what to bring. Made from the asking registry's inbox alone.

Nothing is worked out here that the items do not say: it counts, adds hours, and puts into words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from hub.domain.rows import Person
from hub.printing.answers import NO_RULE, OUTCOMES, Body, Record, Speaker, record_section
from hub.printing.document import (
    Block,
    Document,
    Field,
    Fields,
    Paragraph,
    Point,
    Points,
    Row,
    Section,
    Table,
)
from hub.printing.texts import Texts, hours_cell
from hub.projections.exchange import RECORD_KINDS
from hub.projections.recognition import holding
from hub.reciprocity.words import hours_text

_ACCEPTED = ("FULL", "PARTIAL")
_KINDS = tuple(RECORD_KINDS)
_SIGNS = (*OUTCOMES, NO_RULE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asked, and from what the report is made."""

    asker: Person
    receiver: str
    requested_on: date
    as_of: date
    synthetic: bool
    received_ms: int
    """Append time of the newest item."""
    silent: tuple[str, ...]
    """Kinds of record on which the receiver has no policy."""
    version: str
    command: str


def portability_report(asked: Asked, items: Iterable[Body], texts: Texts) -> Document:
    """The document, from the bodies of the items that answer the request."""
    records = sorted((_record(item, asked) for item in items), key=_place)
    speaker = Speaker(texts, asked.asker.registry, asked.receiver, asked.as_of, asked.requested_on)
    phrases = texts.phrases
    return Document(
        language=texts.language,
        title=phrases.title,
        band=phrases.synthetic if asked.synthetic else None,
        name=speaker.say(phrases.name),
        heading=_heading(records, speaker),
        lead=_lead(records, speaker),
        warning=speaker.say(phrases.warning),
        sections=(
            Section(phrases.who, (_who(asked, speaker),)),
            *(_answered(records, speaker) if records else ()),
            Section(phrases.not_shown, _not_shown(asked, speaker)),
            Section(phrases.wrong, (Paragraph(speaker.say(phrases.wrong_text)),)),
        ),
        footer=_footer(asked, texts),
        page_of=phrases.page_of,
    )


def _answered(records: Sequence[Record], speaker: Speaker) -> tuple[Section, ...]:
    phrases = speaker.texts.phrases
    each = tuple(record_section(record, speaker) for record in records)
    return (
        Section(phrases.bring, _bring(records, speaker)),
        Section(phrases.summary, _summary(records, speaker)),
        Section(phrases.each_record, (), each),
    )


def _record(item: Body, asked: Asked) -> Record:
    intervals = item["intervals"]
    answer = holding(intervals, asked.as_of)
    later = [each for each in intervals if each["from_on"] > asked.as_of]
    return Record(
        registry=item["sender"],
        kind=item["kind"],
        record_id=item["record_id"],
        revision=item["record_revision"],
        requested_on=item["requested_on"],
        answer=answer,
        after=later[0] if later else None,
        decision=item["decision"],
    )


def _place(record: Record) -> tuple[int, int, str, str]:
    kind = _KINDS.index(record.kind) if record.kind in _KINDS else len(_KINDS)
    return (_SIGNS.index(record.outcome), kind, record.registry, record.record_id)


def _heading(records: Sequence[Record], speaker: Speaker) -> str:
    phrases = speaker.texts.phrases
    count = sum(record.outcome in _ACCEPTED for record in records)
    if not records:
        return speaker.say(phrases.none_shown)
    phrase = phrases.accepted_of_one if len(records) == 1 else phrases.accepted_of
    return speaker.say(phrase, count=count, total=len(records))


def _lead(records: Sequence[Record], speaker: Speaker) -> str:
    accepted, total = _hours_of(records)
    phrases = speaker.texts.phrases
    if not records:
        return speaker.say(phrases.none_lead)
    if accepted is None or total is None:
        return speaker.say(phrases.lead_without_hours)
    return speaker.say(phrases.lead_hours, accepted=hours_text(accepted), total=hours_text(total))


def _hours_of(records: Iterable[Record]) -> tuple[Decimal | None, Decimal | None]:
    """Hours accepted, and hours of these records; None where none of them has any."""
    answers = [record.answer for record in records if record.answer is not None]
    pairs = [
        (each["accepted_hours"], each["total_hours"])
        for each in answers
        if each["accepted_hours"] is not None and each["total_hours"] is not None
    ]
    if not pairs:
        return None, None
    return sum((a for a, _ in pairs), Decimal(0)), sum((t for _, t in pairs), Decimal(0))


def _who(asked: Asked, speaker: Speaker) -> Fields:
    texts, phrases = speaker.texts, speaker.texts.phrases
    return Fields(
        (
            Field(speaker.say(phrases.person), f"{asked.asker.person_id} ({asked.asker.registry})"),
            Field(phrases.person_name, None),
            Field(phrases.for_registry, f"{texts.state(asked.receiver)}, {asked.receiver}"),
            Field(phrases.asked_on, texts.day(asked.requested_on)),
            Field(phrases.answers_on, texts.day(asked.as_of)),
        )
    )


def _bring(records: Sequence[Record], speaker: Speaker) -> tuple[Block, ...]:
    texts, phrases = speaker.texts, speaker.texts.phrases
    wanted: dict[str, list[Record]] = {}
    for record in records:
        for code in record.answer["documents"] if record.answer else ():
            wanted.setdefault(code, []).append(record)
    points = tuple(_point(code, wanted[code], speaker) for code in sorted(wanted))
    received = {
        code
        for record in records
        if record.decision is not None
        for code in record.decision["document_received"]
    }
    blocks: list[Block] = []
    if points:
        blocks += [Paragraph(speaker.say(phrases.bring_intro)), Points(points)]
    else:
        blocks.append(Paragraph(speaker.say(phrases.bring_nothing)))
    if received:
        names = texts.listed([texts.document(each)[0] for each in sorted(received)])
        blocks.append(Paragraph(speaker.say(phrases.has_already, documents=names)))
    return tuple(blocks)


def _point(code: str, records: Sequence[Record], speaker: Speaker) -> Point:
    texts, phrases = speaker.texts, speaker.texts.phrases
    words, is_code = texts.document(code)
    text = words[:1].upper() + words[1:]
    if is_code:
        text += f" ({phrases.own_word})"
    return Point(text, phrases.bring_for.format(records=_named_together(records, speaker)))


def _named_together(records: Sequence[Record], speaker: Speaker) -> str:
    """Records of one kind and registry under one name, in the order of the report."""
    together: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        together.setdefault((record.kind, record.registry), []).append(record)
    return "; ".join(
        speaker.named(first, *(other.record_id for other in others))
        for first, *others in together.values()
    )


def _summary(records: Sequence[Record], speaker: Speaker) -> tuple[Block, ...]:
    texts, phrases = speaker.texts, speaker.texts.phrases
    rows = []
    for sign in _SIGNS:
        of_sign = [record for record in records if record.outcome == sign]
        if of_sign or sign != NO_RULE:
            head = texts.codes.outcomes.get(sign, phrases.no_rule_in_force)
            rows.append(Row(head, _cells(of_sign, speaker), sign=sign))
    rows.append(Row(phrases.all_records, _cells(records, speaker), is_total=True))
    heads = (phrases.answer, phrases.records, phrases.hours_accepted, phrases.hours_shown)
    table = Table(speaker.say(phrases.summary_caption), heads, tuple(rows))
    decided = sum(r.decision is not None and r.decision["decision"] != "PENDING" for r in records)
    if not decided:
        return (table,)
    said = speaker.say(phrases.decided_count, count=decided, total=len(records))
    return (table, Paragraph(said))


def _cells(records: Sequence[Record], speaker: Speaker) -> tuple[str, ...]:
    accepted, total = _hours_of(records) if records else (Decimal(0), Decimal(0))
    none = speaker.texts.phrases.no_hours
    return (
        f"{len(records):,}",
        none if accepted is None else hours_cell(accepted),
        none if total is None else hours_cell(total),
    )


def _not_shown(asked: Asked, speaker: Speaker) -> tuple[Block, ...]:
    texts, phrases = speaker.texts, speaker.texts.phrases
    blocks = [Paragraph(speaker.say(phrases.gate))]
    if asked.silent:
        kinds = texts.listed([texts.codes.kinds.get(each, each) for each in asked.silent])
        blocks.insert(0, Paragraph(speaker.say(phrases.silent_kinds, kinds=kinds)))
    return tuple(blocks)


def _footer(asked: Asked, texts: Texts) -> tuple[str, ...]:
    phrases = texts.phrases
    stamp = datetime.fromtimestamp(asked.received_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M")
    return (
        phrases.footer_source.format(registry=asked.asker.registry, version=asked.version),
        phrases.footer_received.format(stamp=stamp),
        phrases.footer_command.format(command=asked.command),
    )
