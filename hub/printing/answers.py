"""One record's answer in plain words: a sentence, and the fields below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from hub.printing.document import Block, Field, Fields, Paragraph, Section
from hub.printing.texts import Texts
from hub.reciprocity.policy_code_words import plain
from hub.reciprocity.words import hours_text

NO_RULE = "NO_RULE"
"""Sign of a record on which no rule is in force that day."""
OUTCOMES = ("FULL", "PARTIAL", "NEEDS_DOCUMENT", "NEEDS_REVIEW", "DENIED")
_OF_ALL_VERSION = 0
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What an inbox says of one record on one day."""

    registry: str
    kind: str
    record_id: str
    revision: int
    requested_on: date
    answer: Body | None
    """The interval that holds on the day; None where none does."""
    after: Body | None
    """The interval after it."""
    decision: Body | None

    @property
    def outcome(self) -> str:
        return NO_RULE if self.answer is None else str(self.answer["outcome"])


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who is spoken of, when, and in which language."""

    texts: Texts
    asker: str
    receiver: str
    as_of: date
    requested_on: date

    def say(self, phrase: str, **values: object) -> str:
        """The phrase with states, the day and these values filled in."""
        texts = self.texts
        return phrase.format(
            asker=texts.state(self.asker),
            receiver=texts.state(self.receiver),
            as_of=texts.day(self.as_of),
            **values,
        )

    def named(self, record: Record, *others: str) -> str:
        """The record, with others of its kind by their ids, and who holds it."""
        return self.say(
            self.texts.phrases.record_named,
            kind=self.texts.codes.kinds[record.kind],
            id=", ".join((record.record_id, *others)),
            registry=self.texts.state(record.registry),
        )


def record_section(record: Record, speaker: Speaker) -> Section:
    """The record's answer, whole."""
    texts = speaker.texts
    outcome = texts.codes.outcomes.get(record.outcome, texts.phrases.no_rule_in_force)
    blocks: list[Block] = [Paragraph(sentence(record, speaker))]
    fields = [*_answer_fields(record, speaker), _decided_field(record, speaker)]
    blocks.append(Fields(tuple(fields)))
    if record.requested_on != speaker.requested_on:
        day = texts.day(record.requested_on)
        blocks.append(Paragraph(speaker.say(texts.phrases.other_request, day=day), is_note=True))
    return Section(
        heading=f"{outcome}: {speaker.named(record)}",
        blocks=tuple(blocks),
        sign=record.outcome,
        code=None if record.answer is None else record.outcome,
    )


def sentence(record: Record, speaker: Speaker) -> str:
    """What the receiving registry's rules answer, in one sentence."""
    phrases, answer = speaker.texts.phrases, record.answer
    this = speaker.texts.codes.these[record.kind]
    if answer is None:
        return speaker.say(phrases.no_rule_sentence, this=this)
    if answer["outcome"] in ("FULL", "PARTIAL"):
        text = _accepted(answer, speaker, this)
        purposes = [_purpose(each, speaker.texts) for each in answer["not_for"]]
        if purposes:
            text += speaker.say(phrases.but_not, purposes=speaker.texts.listed(purposes))
    elif answer["outcome"] == "NEEDS_DOCUMENT":
        text = speaker.say(phrases.needs_documents, this=this)
    elif answer["outcome"] == "NEEDS_REVIEW":
        text = speaker.say(phrases.needs_review, this=this)
    else:
        text = speaker.say(phrases.denied, this=this)
    return f"{text}."


def _accepted(answer: Body, speaker: Speaker, this: str) -> str:
    phrases = speaker.texts.phrases
    if answer["total_hours"] is not None and answer["accepted_hours"] is not None:
        return speaker.say(
            phrases.counts_hours,
            accepted=hours_text(answer["accepted_hours"]),
            total=hours_text(answer["total_hours"]),
            this=this,
        )
    phrase = phrases.accepts_full if answer["outcome"] == "FULL" else phrases.accepts_part
    return speaker.say(phrase, this=this)


def _answer_fields(record: Record, speaker: Speaker) -> list[Field]:
    answer, phrases = record.answer, speaker.texts.phrases
    if answer is None:
        return []
    fields = [Field(phrases.hours, _hours(answer, speaker))]
    if answer["counts_as"]:
        fields.append(Field(phrases.counts_as, plain(answer["counts_as"])))
    if answer["not_for"]:
        purposes = [_purpose(each, speaker.texts) for each in answer["not_for"]]
        fields.append(Field(phrases.not_for, speaker.texts.listed(purposes)))
    if answer["documents"]:
        fields.append(Field(phrases.documents, _documents(answer, speaker)))
    fields.append(Field(phrases.why, reason(answer, speaker.texts)))
    fields.append(Field(phrases.holds, _holds(record, speaker)))
    fields.append(Field(phrases.rule, _rule(answer, speaker)))
    source = dict(_values(answer)).get("citation")
    if source:
        fields.append(Field(phrases.source, source))
    return fields


def reason(answer: Body, texts: Texts) -> str:
    """Why the answer is what it is."""
    codes, values = texts.codes, dict(_values(answer))
    phrase = codes.reasons.get(answer["reason"])
    if phrase is None:
        return plain(answer["reason"])
    why = values.get("why", "")
    unknown = [codes.unknown.get(each, plain(each)) for each in answer["unknown"]]
    return phrase.format(
        why=codes.why_not_in_force.get(why, plain(why)),
        unknown=texts.listed(unknown),
        cuts="; ".join(_cut(name, text, texts) for name, text in _cuts(answer, texts)),
    )


def _cuts(answer: Body, texts: Texts) -> list[tuple[str, str]]:
    return [(name, text) for name, text in _values(answer) if name in texts.codes.cuts]


def _cut(name: str, text: str, texts: Texts) -> str:
    if name != "areas_not_counted":
        value = hours_text(Decimal(text))
    else:
        areas = [each.strip() for each in text.split(",")]
        known = texts.codes.areas
        value = ", ".join(f"{each} ({known[each]})" if each in known else each for each in areas)
    return texts.codes.cuts[name].format(value=value)


def _values(answer: Body) -> list[tuple[str, str]]:
    return [(each["name"], each["text"]) for each in answer["reason_values"]]


def _hours(answer: Body, speaker: Speaker) -> str:
    phrases = speaker.texts.phrases
    if answer["total_hours"] is None or answer["accepted_hours"] is None:
        return phrases.record_without_hours
    return phrases.hours_of.format(
        accepted=hours_text(answer["accepted_hours"]), total=hours_text(answer["total_hours"])
    )


def _documents(answer: Body, speaker: Speaker) -> str:
    texts = speaker.texts
    text = texts.listed([texts.document(each)[0] for each in answer["documents"]])
    lifted = answer["with_documents"]
    if lifted is None:
        return text
    then = [texts.codes.outcomes[lifted["outcome"]].lower()]
    if lifted["accepted_hours"] is not None and answer["total_hours"] is not None:
        accepted, total = (
            hours_text(lifted["accepted_hours"]),
            hours_text(answer["total_hours"]),
        )
        then.append(texts.phrases.hours_of.format(accepted=accepted, total=total))
    if lifted["counts_as"]:
        then.append(plain(lifted["counts_as"]))
    return f"{text}; {texts.phrases.with_documents.format(answer=', '.join(then))}"


def _holds(record: Record, speaker: Speaker) -> str:
    texts, answer, after = speaker.texts, record.answer, record.after
    if answer is None:
        return ""
    first = texts.day(answer["from_on"])
    if answer["until_on"] is None:
        return f"{texts.phrases.holds_from.format(first=first)}, {texts.phrases.no_end}"
    last = texts.day(answer["until_on"])
    text = texts.phrases.holds_until.format(first=first, last=last)
    if after is None:
        return text
    then = texts.codes.outcomes[after["outcome"]].lower()
    return f"{text}; {texts.phrases.then.format(answer=then)}"


def _rule(answer: Body, speaker: Speaker) -> str:
    phrases = speaker.texts.phrases
    if answer["rule_version"] == _OF_ALL_VERSION:
        return f"{phrases.rule_of_all} ({answer['rule_id']})"
    return phrases.rule_version.format(rule=answer["rule_id"], version=answer["rule_version"])


def _purpose(code: str, texts: Texts) -> str:
    return texts.codes.purposes.get(code, plain(code))


def _decided_field(record: Record, speaker: Speaker) -> Field:
    texts, decision = speaker.texts, record.decision
    phrases = texts.phrases
    label = speaker.say(phrases.decided)
    if decision is None:
        return Field(label, phrases.not_decided)
    day = texts.day(decision["decided_on"])
    parts = [texts.codes.decisions[decision["decision"]].format(day=day)]
    if decision["accepted_hours"] is not None:
        parts.append(f"{phrases.hours.lower()}: {hours_text(decision['accepted_hours'])}")
    if decision["counts_as"]:
        parts.append(f"{phrases.counts_as.lower()}: {plain(decision['counts_as'])}")
    parts.append(phrases.decided_reason.format(reason=decision["reason"]))
    if decision["record_revision"] != record.revision:
        parts.append(phrases.decided_earlier)
    if decision["document_received"]:
        names = texts.listed([texts.document(each)[0] for each in decision["document_received"]])
        parts.append(phrases.received.format(documents=names))
    return Field(label, "; ".join(parts))
