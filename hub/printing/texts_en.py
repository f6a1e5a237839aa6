"""The words of a report in English."""

from __future__ import annotations

from datetime import date

from hub.printing.texts import Codes, Phrases, Texts
from hub.reciprocity.policy_code_words import AREAS
from hub.reciprocity.words import OUTCOME_WORDS, WHY_WORDS

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_CODES = Codes(
    outcomes=OUTCOME_WORDS,
    kinds={
        "training": "training",
        "education": "education",
        "credential": "credential",
        "course": "approved course",
        "trainer": "trainer approval",
        "organization": "organization approval",
    },
    these={
        "training": "this training",
        "education": "this education",
        "credential": "this credential",
        "course": "this course",
        "trainer": "this trainer approval",
        "organization": "this organization approval",
    },
    reasons={
        "accepted_in_full": "A rule accepts it in full.",
        "accepted_in_part": "A rule accepts it in part.",
        "documents_needed": "A rule asks for documents first.",
        "review_needed": "A rule leaves it to a person at the registry.",
        "not_accepted_by_rule": "A rule does not accept it.",
        "not_in_force": "The record does not hold on this day: {why}.",
        "no_rule_decides": "None of the rules decides on it, so a person looks at it.",
        "not_known": "A rule asks what the record does not say: {unknown}.",
        "hours_taken": "Some hours do not count: {cuts}.",
        "no_hours_left": "No hours count: {cuts}.",
    },
    why_not_in_force=WHY_WORDS,
    cuts={
        "areas_not_counted": "those in the knowledge areas {value}",
        "hours_of_no_area": "{value} stand under no knowledge area",
        "cap_hours": "at most {value} count for one record",
        "clock_hours_per_ceu": "one CEU counts for {value} clock hours",
        "clock_hours_per_semester": "one semester credit counts for {value} clock hours",
        "rounded_down_to": "hours are rounded down to a multiple of {value}",
    },
    areas=AREAS,
    unknown={
        "registry": "which registry holds it",
        "standing": "where it stands",
        "type": "its type",
        "subtype": "its setting",
        "own_type": "its registry's own type",
        "on": "its date",
        "expires": "when it expires",
        "revoked_on": "when it ended",
        "amount": "how much it is",
        "unit": "in what unit it is counted",
        "min_amount": "how much it is",
        "hours_by_area": "its hours by knowledge area",
        "verification": "whether it was verified",
        "evidence": "what it was recorded from",
        "event_type": "what type of event it was",
        "delivery": "how it was delivered",
        "organization": "which organization gave it",
        "approval_code": "its approval code",
        "trainer": "its trainer",
        "level": "its level",
        "held_in": "in which state it was held",
        "grade": "the grade",
        "accredited": "whether the college is accredited",
        "birth_to_8_percent": "how much of it is about children from birth to 8",
        "documents": "which documents are there",
        "trainer_approved_by": "who approved the trainer",
        "course_approved_by": "who approved the course",
        "on_list": "whether its organization is on a list",
        "recognized_in_at_least": "how many states recognize it",
        "within_months": "how long ago it was",
    },
    documents={
        "certificate": "certificate of completion",
        "certificate_copy": "copy of the credential's certificate",
        "session_tracking_form": "session tracking form of the conference",
        "learning_objectives": "the training's learning objectives",
        "delivery_method": "a statement of how the training was delivered",
        "assessment_type": "a statement of how learning was assessed",
        "official_transcript": "official transcript, sent to the registry by the college itself",
        "transcript_copy": "copy of the transcript",
        "grade_report": "grade report",
        "degree_copy": "copy of the degree",
        "director_experience_1_year": "proof of one year of experience as a director",
        "sponsor_verification": "verification by your sponsor",
    },
    purposes={
        "career_pathway": "toward a career level",
        "credential_renewal": "for renewing a credential",
    },
    decisions={
        "ACCEPTED": "accepted on {day}",
        "PARTLY": "accepted in part on {day}",
        "REFUSED": "not accepted, on {day}",
        "PENDING": "documents noted on {day}; nothing decided yet",
    },
    states={},
)

_PHRASES = Phrases(
    title="Portability report",
    name="Portability report: from {asker} to {receiver}",
    accepted_of="Accepted in full or in part in {receiver}: {count} of {total} records",
    accepted_of_one="Accepted in full or in part in {receiver}: {count} of 1 record",
    none_shown="No record can be shown for {receiver}",
    none_lead="No rule of {receiver} answers a record that {asker} may show, on {as_of}.",
    lead_hours=(
        "{accepted} of {total} clock hours count under the rules of {receiver} on {as_of}."
    ),
    lead_without_hours="Under the rules of {receiver} on {as_of}. No record shown has hours.",
    warning=(
        "This is what the rules of {receiver} answer on {as_of}. It is not a decision: the registry"
        " of {receiver} decides, and may ask for more."
    ),
    synthetic="Synthetic data: the people and their records are made up.",
    who="Who asks",
    person="Person's id in the registry of {asker}",
    person_name="Name (filled in by hand)",
    for_registry="For the registry of",
    asked_on="Asked on",
    answers_on="Answers on",
    summary="Summary",
    summary_caption="Records and clock hours by answer, on {as_of}",
    answer="Answer",
    records="Records",
    hours_accepted="Hours accepted",
    hours_shown="Hours on record",
    all_records="All records",
    no_hours="no hours",
    no_rule_in_force="No rule in force",
    no_rule_sentence="{receiver} has no rule on {this} that is in force on {as_of}.",
    bring="What to bring",
    bring_intro=(
        "The rules of {receiver} ask for these documents. Each stands here once, with the records"
        " it is for."
    ),
    bring_nothing="No document would change an answer on {as_of}.",
    bring_for="for {records}",
    own_word="in the registry's own words",
    has_already="The registry of {receiver} has received: {documents}.",
    decided_count=(
        "The registry of {receiver} has decided on {count} of {total} by now; see each record."
    ),
    each_record="Each record",
    record_named="{kind} {id}, held by {registry}",
    counts_hours="{receiver} counts {accepted} of {total} clock hours of {this}",
    accepts_full="{receiver} accepts {this} in full",
    accepts_part="{receiver} accepts {this} in part",
    but_not=", but not {purposes}",
    needs_documents="{receiver} needs documents before it can decide on {this}",
    needs_review="A person at the registry of {receiver} looks at {this} first",
    denied="{receiver} does not accept {this}",
    with_documents="with them: {answer}",
    hours="Clock hours",
    hours_of="{accepted} of {total} accepted",
    record_without_hours="the record has no hours",
    counts_as="Counts as (their own word)",
    not_for="Does not count",
    holds="Holds",
    holds_from="from {first}",
    holds_until="from {first} until {last}",
    no_end="no end",
    then="then: {answer}",
    documents="Documents asked for",
    why="Why",
    rule="Rule",
    rule_version="{rule}, version {version}",
    rule_of_all="none of their own: the same for every record",
    source="Source of the rule",
    decided="Decided by {receiver}",
    not_decided="nothing yet",
    decided_reason="their reason code: {reason}",
    decided_earlier="on an earlier version of the record",
    received="documents received: {documents}",
    other_request="This answers the request of {day}.",
    not_shown="What is not shown here",
    silent_kinds=(
        "{receiver} has published no rules on these kinds of record: {kinds}. Its registry says"
        " what counts."
    ),
    gate=(
        "Records that other registries hold stand here only where an agreement or your consent"
        " lets {asker} learn of them. Nothing here says whether there are others."
    ),
    wrong="If an answer seems wrong",
    wrong_text=(
        "Ask the registry of {asker} to correct the record, or to file an appeal with {receiver}."
        " Name the kind and the id of the record."
    ),
    footer_source="Made from the inbox of {registry} alone, by Registry Hub {version}.",
    footer_received="Newest answer received {stamp} UTC.",
    footer_command="Made again by: {command}",
    page_of="Page {page} of {pages}",
    last="and",
    last_before_i="and",
)


def texts() -> Texts:
    return Texts("en", _CODES, _PHRASES, _day)


def _day(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"
