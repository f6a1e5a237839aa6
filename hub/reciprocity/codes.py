"""Common codes that policies and facts are written in.

Where CEDS has an element its option codes are used as they are; the others are the hub's own words
in snake case. A state's own codes never stand here.
"""

from __future__ import annotations

from hub.domain.states import STATE_NAMES

KINDS = frozenset({"training", "education", "credential", "course", "trainer", "organization"})
KINDS_WITH_HOURS = frozenset({"training", "education", "course"})

UNITS = frozenset({"clock", "ceu", "semester"})
VERIFICATIONS = frozenset({"verified", "attendance", "pending", "self_reported", "declined"})
EVENT_TYPES = frozenset(
    {"workshop", "conference", "college_course", "self_study", "informal", "other"}
)
STANDINGS = frozenset(
    {
        "stated",
        "awarded",
        "approved",
        "closed",
        "expired",
        "applied",
        "suspended",
        "revoked",
        "withdrawn",
        "reversed",
    }
)
# CEDS 001607 in snake case, and where else a record's evidence may come from.
EVIDENCE = frozenset(
    {
        "official_transcript",
        "transcript_copy",
        "grade_report",
        "degree_copy",
        "certificate",
        "certificate_copy",
        "registry_record",
        "not_verified",
        "other",
    }
)
# CEDS 001458.
DELIVERIES = frozenset(
    {
        "AudioVideo",
        "BlendedLearning",
        "Broadcast",
        "Conference",
        "Correspondence",
        "EarlyCollege",
        "FaceToFace",
        "IndependentStudy",
        "Online",
        "Other",
    }
)
# CEDS 000813; 08 and 99 from CEDS 001337.
AREAS = frozenset({"01", "02", "03", "04", "05", "06", "07", "08", "99"})
# CEDS 000806.
CDA_SETTINGS = frozenset({"01", "02", "03", "04", "06", "07", "99"})

# CEDS 000345.
CREDENTIAL_TYPES = frozenset(
    {
        "ChildDevelopmentAssociate",
        "DirectorsLevelCredential",
        "StateInfantToddler",
        "StatePreschool",
        "StateSchoolAge",
        "Other",
    }
)
# CEDS 000141, from high school on.
DEGREES = frozenset(
    {
        "00819",
        "01043",
        "01044",
        "01047",
        "01048",
        "01049",
        "01050",
        "01051",
        "01052",
        "01053",
        "01054",
        "01055",
        "01056",
        "01057",
        "01809",
        "02408",
        "02409",
        "09999",
        "73063",
        "73081",
        "73082",
        "73083",
        "73084",
        "73085",
    }
)
# CEDS 001442.
ACTIVITY_TYPES = frozenset(
    {
        "Advisement",
        "Coaching",
        "CollegeCourse",
        "Consultation",
        "Mentoring",
        "OneTimeWorkshopTraining",
        "Other",
        "P2P",
        "SeriesOfWorkshopsTraining",
        "TechnicalAssistance",
    }
)

# Letter grades, and what stands in their place on a transcript.
GRADES = frozenset(
    {letter + sign for letter in "ABCD" for sign in ("", "+", "-")}
    | {"F", "P", "NP", "S", "U", "CR", "NC", "W", "I"}
)
# A state or territory, written ND or us-nd.
HELD_IN = frozenset({code.upper() for code in STATE_NAMES} | {f"us-{code}" for code in STATE_NAMES})

OUTCOMES = ("FULL", "PARTIAL", "NEEDS_DOCUMENT", "NEEDS_REVIEW", "DENIED")


NAME_CHARS_MAX = 60
_NAME_CHARS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")
_ID_CHARS = frozenset(_NAME_CHARS | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ."))


def type_codes(kind: str) -> frozenset[str]:
    """Codes that the `type` of a record of this kind may have."""
    if kind == "credential":
        return CREDENTIAL_TYPES
    if kind == "education":
        return DEGREES
    return ACTIVITY_TYPES


def is_registry(code: str) -> bool:
    """Whether the text has the form of a registry's code, for instance us-oh."""
    return (
        len(code) == 5
        and code.startswith("us-")
        and code[3:].isascii()
        and code[3:].isalpha()
        and code.islower()
    )


def is_state_registry(code: str) -> bool:
    """Whether the text is the code of a state's or territory's registry."""
    return is_registry(code) and code[3:] in STATE_NAMES


def is_own_code(text: str) -> bool:
    """Whether the text is a registry's own code written with its registry: us-wi:WI-ITC."""
    registry, colon, code = text.partition(":")
    return bool(colon and code) and is_state_registry(registry)


def is_name(text: str) -> bool:
    """Whether the text may name a document or purpose: small letters, digits, _ and -."""
    return 0 < len(text) <= NAME_CHARS_MAX and _NAME_CHARS.issuperset(text)


def is_rule_id(text: str) -> bool:
    """Whether the text may be a rule's id: ASCII letters, digits, _, - and a period."""
    return _ID_CHARS.issuperset(text)
