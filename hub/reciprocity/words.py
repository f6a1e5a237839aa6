"""Plain sentences for answers. They name no person: trainers and third parties go by their role."""

from __future__ import annotations

from decimal import Decimal

from hub.reciprocity.answer import Answer

OUTCOME_WORDS = {
    "FULL": "Accepted in full",
    "PARTIAL": "Accepted in part",
    "NEEDS_DOCUMENT": "Needs a document",
    "NEEDS_REVIEW": "Needs a review",
    "DENIED": "Not accepted",
}
_KIND_WORDS = {
    "training": "training",
    "education": "education record",
    "credential": "credential",
    "course": "course",
    "trainer": "trainer approval",
    "organization": "organization approval",
}
_PURPOSE_WORDS = {"career_pathway": "toward a career level"}
WHY_WORDS = {
    "no_day_of_its_own": "it has no date",
    "reversed": "its registry reversed it",
    "applied": "it was applied for and not awarded",
    "declined": "its own registry declined it",
    "revoked_without_a_day": "it was revoked",
    "withdrawn_without_a_day": "it was withdrawn",
    "suspended_without_a_day": "it is suspended",
    "expired_without_a_day": "it had expired",
    "not_yet": "it does not yet hold on this day",
    "revoked": "it was revoked",
    "withdrawn": "it was withdrawn",
    "expired": "it had expired",
}


def hours_text(hours: Decimal) -> str:
    """Clock hours as people write them: 45, 1.75, 8,263.75."""
    text = f"{hours:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def sentence(answer: Answer | None, *, receiver: str, kind: str, college: bool = False) -> str:
    """One sentence for an answer. `receiver` is the state's name, `kind` the record's."""
    thing = "course" if college else _KIND_WORDS.get(kind, "record")
    if answer is None:
        return f"{receiver} has no policy on this kind of record."
    if answer.outcome in ("FULL", "PARTIAL"):
        return _accepted(answer, receiver, thing)
    if answer.outcome == "NEEDS_DOCUMENT":
        return _needs_documents(answer, receiver, thing)
    if answer.outcome == "NEEDS_REVIEW":
        return _needs_review(answer, receiver, thing)
    return _denied(answer, receiver, thing)


def _accepted(answer: Answer, receiver: str, thing: str) -> str:
    total, hours = answer.total_hours, answer.accepted_hours
    if total is None or hours is None:
        how = "in full" if answer.outcome == "FULL" else "in part"
        text = f"{receiver} accepts this {thing} {how}"
    else:
        text = (
            f"{receiver} counts {hours_text(hours)} of {hours_text(total)} clock hours "
            f"of this {thing}"
        )
    if answer.counts_as is not None and not answer.not_for:
        text += f", as {_plain(answer.counts_as)}"
    if answer.not_for:
        purposes = [_PURPOSE_WORDS.get(each, f"for {_plain(each)}") for each in answer.not_for]
        text += ", but not " + _listed(purposes, "or")
    taken = _taken(answer, receiver)
    return f"{text}; {taken}." if taken else f"{text}."


def _taken(answer: Answer, receiver: str) -> str:
    """What took the hours that do not count, in a few words."""
    values = dict(answer.reason_values)
    parts = []
    areas = values.get("areas_not_counted")
    if areas:
        plural = "s" if "," in areas else ""
        verb = "do" if plural else "does"
        parts.append(f"area{plural} {areas} {verb} not count in {receiver}")
    if "hours_of_no_area" in values:
        parts.append(f"{hours_text(Decimal(values['hours_of_no_area']))} stand under no area")
    if "cap_hours" in values:
        parts.append(f"at most {hours_text(Decimal(values['cap_hours']))} count for one record")
    for unit, words in (("ceu", "CEU"), ("semester", "semester credit")):
        rate = values.get(f"clock_hours_per_{unit}")
        if rate is not None:
            parts.append(f"one {words} counts for {hours_text(Decimal(rate))} clock hours")
    if "rounded_down_to" in values:
        step = hours_text(Decimal(values["rounded_down_to"]))
        parts.append(f"hours are rounded down to a multiple of {step}")
    not_accepted = values.get("not_accepted_hours")
    if not_accepted is None or not parts:
        return ""
    return f"{hours_text(Decimal(not_accepted))} not: {_listed(parts, 'and')}"


def _needs_documents(answer: Answer, receiver: str, thing: str) -> str:
    documents = _listed([_plain(each) for each in answer.documents], "and")
    text = f"{receiver} needs {documents} before it can decide on this {thing}"
    if answer.with_documents is None:
        return f"{text}."
    then = OUTCOME_WORDS[answer.with_documents.outcome]
    return f"{text}; with that: {then.lower()}."


def _needs_review(answer: Answer, receiver: str, thing: str) -> str:
    if answer.unknown:
        unknown = _listed([_plain(each) for each in answer.unknown], "and")
        return f"{receiver} reviews this {thing}: the record does not say {unknown}."
    if answer.reason == "no_rule_decides":
        return f"{receiver} reviews this {thing}: none of its rules decides on it."
    return f"{receiver} reviews this {thing} before it decides."


def _denied(answer: Answer, receiver: str, thing: str) -> str:
    text = f"{receiver} does not accept this {thing}"
    if answer.reason == "not_in_force":
        why = dict(answer.reason_values).get("why", "")
        return f"{text}: {WHY_WORDS.get(why, 'it is not in force')}."
    taken = _taken(answer, receiver) if answer.reason == "no_hours_left" else ""
    return f"{text}: {taken}." if taken else f"{text} under rule {answer.rule_id}."


def _plain(code: str) -> str:
    return code.replace("_", " ")


def _listed(parts: list[str], last: str) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"
