"""Bodies of made-up records, as the registries' mappings would fill them.

What a record is about follows from its number; days and hours from its version too, so that a
corrected statement differs in little.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from benchmarks.plan import Plan, draws, human_of
from hub.domain.events import Kind
from hub.identity.evidence import Block, pack
from hub.identity.rarity import RAREST
from hub.identity.tokens import Label, TokenKey, token_of
from hub.wire.schemas import load_schemas

COURSES = 200
TRAINERS = 60
FIRST_DAY = date(2024, 7, 1)
DAYS = 730
CLOCK_HOURS = {"CLOCK": Decimal(1), "CEU": Decimal(10), "SEMESTER": Decimal(15)}
TOKEN_KEY = TokenKey(1, bytes(range(32)))
NOT_KEPT = ["level"]  # Layouts leave a column or two out.

_VERBS = ("Guiding", "Supporting", "Observing", "Planning for", "Partnering with", "Caring for")
_THEMES = ("Infants", "Toddlers", "Mixed Ages", "Families", "Dual Language Learners", "School Age")
_ENDS = ("", ": Part 1", ": Part 2", " in Practice", " Outdoors")
_SPONSORS = (
    "Prairie Early Learning Network",
    "Child Care Aware of the Valley",
    "Lakeside Community College",
    "Pathways Virtual, Inc.",
    "Statewide Training Cooperative",
)
_EVENT_TYPES = ("WORKSHOP",) * 7 + ("CONFERENCE", "SELF_STUDY", "COLLEGE_COURSE")
_DELIVERIES = ("FaceToFace", "Online", "Online", "IndependentStudy", "Blended")
_UNITS = ("CLOCK",) * 18 + ("CEU", "SEMESTER")
_VERIFICATIONS = ("VERIFIED",) * 16 + ("ATTENDANCE", "ATTENDANCE", "PENDING", "SELF_REPORTED")
_AREAS = ("01", "02", "03", "04", "05", "06", "07", "08")
_TOPICS = ("HealthSafety", "Nutrition", "ChildDevelopment", "BusinessPractices")
_TYPES = (
    ("CPRFirstAid", "CPR", 2),
    ("CPRFirstAid", "CPR", 2),
    ("CPRFirstAid", "First Aid", 3),
    ("ChildDevelopmentAssociate", "CDA - Preschool", 3),
    ("DirectorsLevelCredential", "Director Credential", 5),
)
_ROLES = ("Teacher", "AssistanceTeacher", "Administrator", "NonTeacherOther")
_SETTINGS = ("CenterBased", "FamilyChildCare", "HeadStart", "PublicPreschool")
_RACES = ("White", "BlackOrAfricanAmerican", "Asian", "HispanicOrLatinoEthnicity")
_REMARK = "Called about renewal; asked for the transcript and a copy of the certificate. "


def body_of(plan: Plan, kind: Kind, number: int, version: int) -> dict[str, Any]:
    """Body of a person's record; of a profile the number is the account's."""
    drawn = draws(plan, kind.value, number)
    later = draws(plan, kind.value, number, version)
    return {**_empty(kind), **_MAKERS[kind](drawn, later)}


def _training(drawn: tuple[int, ...], later: tuple[int, ...]) -> dict[str, Any]:
    course = drawn[0] % COURSES
    done = FIRST_DAY + timedelta(days=drawn[1] % DAYS)
    unit = _UNITS[drawn[2] % len(_UNITS)]
    amount = Decimal(2 + later[0] % 30) / 4
    hours = amount * CLOCK_HOURS[unit]
    first, second = _AREAS[drawn[3] % 8], _AREAS[drawn[4] % 8]
    split = [(first, hours)] if first == second else [(first, hours / 2), (second, hours / 2)]
    return {
        "course_id": str(10_000 + course),
        "event_id": f"{course}-{drawn[5] % 40}",
        "approval_code": approval_code(course) if drawn[6] % 10 < 6 else None,
        "title": title_of(course),
        "event_type": _EVENT_TYPES[drawn[7] % len(_EVENT_TYPES)],
        "completed_on": done,
        "amount": amount,
        "unit": unit,
        "clock_hours": hours,
        "areas": [{"area": a, "own_area": f"KA{a}", "clock_hours": h} for a, h in split],
        "ccdf_topics": [_TOPICS[drawn[8] % len(_TOPICS)]],
        "verification": _VERIFICATIONS[later[1] % len(_VERIFICATIONS)],
        "own_verification": "V",
        "entered_on": done + timedelta(days=later[2] % 21),
        "delivery": _DELIVERIES[drawn[9] % len(_DELIVERIES)],
        "organization": _SPONSORS[drawn[10] % len(_SPONSORS)],
        "state_approved": drawn[6] % 10 < 6,
        "trainer_id": trainer_id(drawn[11] % TRAINERS) if drawn[12] % 2 else None,
        "not_kept": NOT_KEPT,
    }


def _credential(drawn: tuple[int, ...], later: tuple[int, ...]) -> dict[str, Any]:
    common, own, years = _TYPES[drawn[0] % len(_TYPES)]
    issued = FIRST_DAY + timedelta(days=drawn[1] % DAYS + later[0] % 10)
    return {
        "type": common,
        "own_type": own,
        "issuer": "Council for Professional Recognition",
        "issuing_state": "US",
        "issued_on": issued,
        "expires_on": issued + timedelta(days=365 * years),
        "standing": "AWARDED",
        "not_kept": NOT_KEPT,
    }


def _employment(drawn: tuple[int, ...], later: tuple[int, ...]) -> dict[str, Any]:
    role = _ROLES[drawn[0] % len(_ROLES)]
    return {
        "employer_id": f"{drawn[1] % 5_000:012}",
        "employer_name": f"{_VERBS[drawn[2] % len(_VERBS)]} Learners Center",
        "setting": _SETTINGS[drawn[3] % len(_SETTINGS)],
        "role": role,
        "own_role": f"Lead {role}",
        "started_on": FIRST_DAY - timedelta(days=drawn[4] % 3_000),
        "hours_per_week": Decimal(80 + later[0] % 80) / 4,
        "wage": Decimal(4_000 + later[1] % 6_000) / 400,
        "wage_basis": "HOUR",
    }


def _profile(drawn: tuple[int, ...], later: tuple[int, ...]) -> dict[str, Any]:
    return {
        "status": "INACTIVE" if later[0] % 12 == 0 else "ACTIVE",
        "career_scheme": "Career Pathways",
        "career_level": f"Level {later[1] % 6 + 1}",
        "joined_on": FIRST_DAY - timedelta(days=drawn[0] % 3_000),
        "evidence_epochs": [TOKEN_KEY.epoch],
    }


_MAKERS = {
    Kind.TRAINING_COMPLETION: _training,
    Kind.CREDENTIAL: _credential,
    Kind.EMPLOYMENT: _employment,
    Kind.PROFILE: _profile,
}


def approval_body(number: int) -> dict[str, Any]:
    """A course's approval, and after the courses a trainer's."""
    course = number < COURSES
    made = {
        "subject": "COURSE" if course else "TRAINER",
        "title": title_of(number) if course else None,
        "course_id": str(10_000 + number) if course else None,
        "trainer_id": None if course else trainer_id(number - COURSES),
        "clock_hours": Decimal(3) if course else None,
        "areas": [{"area": "01", "own_area": "KA01", "clock_hours": Decimal(3)}] if course else [],
        "approved_on": FIRST_DAY,
        "expires_on": FIRST_DAY + timedelta(days=3 * 365),
        "status": "APPROVED",
    }
    return {**_empty(Kind.APPROVAL), **made}


def approval_code(course: int) -> str:
    return f"APR-{8_000 + course}"


def trainer_id(number: int) -> str:
    return f"TR-{4_000 + number}"


def title_of(course: int) -> str:
    """A course's title, some forty characters long."""
    verb, theme = _VERBS[course % len(_VERBS)], _THEMES[course // 6 % len(_THEMES)]
    return f"{verb} {theme}{_ENDS[course % len(_ENDS)]} ({course})"


def private_profile(plan: Plan, account: int, version: int) -> dict[str, Any]:
    """A profile's private part with link evidence, some four hundred bytes."""
    drawn = draws(plan, "private", account)
    human = human_of(plan, account)
    labels = (Label.SSN9, Label.LAST4_BIRTH, Label.NAME_BIRTH)
    tokens = tuple(token_of(label, (f"{plan.seed} {human}",), TOKEN_KEY) for label in labels)
    return {
        **_NOTHING_PRIVATE,
        "evidence": pack([Block(TOKEN_KEY.epoch, RAREST, tokens)]),
        "sex": "Female",
        "races": [_RACES[drawn[0] % len(_RACES)]],
        "hispanic": drawn[1] % 5 == 0,
        "languages": ["eng"],
        "birth_year": 1960 + drawn[2] % 45,
        "county": "Sample County",
        "remarks": _REMARK * 4 + f"Note {version}.",
    }


def private_credential(plan: Plan, number: int) -> dict[str, Any]:
    """A credential's private part: its number."""
    drawn = draws(plan, "private credential", number)
    return {**_NOTHING_PRIVATE, "credential_number": f"CR{drawn[0]:05}{drawn[1]:05}"}


@cache
def _empty(kind: Kind) -> dict[str, Any]:
    """Every field of the kind's body, nothing stated."""
    fields = load_schemas().of(kind).body["fields"]
    return {each["name"]: each.get("default", _NOTHING.get(each["name"])) for each in fields}


_NOTHING: dict[str, Any] = {
    "areas": [],
    "ccdf_topics": [],
    "not_kept": [],
    "unit": "UNKNOWN",
    "wage_basis": "UNKNOWN",
    "verification": "UNKNOWN",
}

_NOTHING_PRIVATE: dict[str, Any] = {
    "evidence": None,
    "sex": None,
    "races": [],
    "hispanic": None,
    "languages": [],
    "birth_year": None,
    "county": None,
    "credential_number": None,
    "position_title": None,
    "remarks": None,
}
