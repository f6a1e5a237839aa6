"""Words for the codes that policies are written in. A code without words is read as it stands.

Names of CEDS options are shortened where a sentence asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from hub.domain.states import state_name
from hub.reciprocity.codes import is_registry

AREAS = {
    "01": "child growth and development",
    "02": "health, safety and nutrition",
    "03": "teaching and learning",
    "04": "observing, documenting and assessing",
    "05": "family and community relationships",
    "06": "administration and management",
    "07": "the early childhood profession and policy",
    "08": "working with diverse populations",
    "99": "other areas",
}
CREDENTIALS = {
    "ChildDevelopmentAssociate": "Child Development Associate (CDA) credential",
    "DirectorsLevelCredential": "director's credential",
    "StateInfantToddler": "state infant and toddler credential",
    "StatePreschool": "state preschool credential",
    "StateSchoolAge": "state school-age credential",
    "Other": "credential of another type",
}
DEGREES = {
    "00819": "career and technical education certificate",
    "01043": "record of no school completed",
    "01044": "high school diploma",
    "01047": "award or certificate of less than one year",
    "01048": "award or certificate of one year or more",
    "01049": "record of some college without a degree",
    "01050": "associate's degree",
    "01051": "bachelor's degree",
    "01052": "graduate certificate",
    "01053": "first-professional degree",
    "01054": "master's degree",
    "01055": "specialist's degree",
    "01056": "post-professional degree",
    "01057": "doctoral degree",
    "01809": "record of 12th grade without a diploma",
    "02408": "high school certificate of attendance",
    "02409": "high school equivalency",
    "09999": "degree of another type",
    "73063": "adult education certification or degree",
    "73081": "post-master's certificate",
    "73082": "research doctorate",
    "73083": "professional doctorate",
    "73084": "doctorate of another type",
    "73085": "research doctorate",
}
ACTIVITIES = {
    "CollegeCourse": "college course",
    "OneTimeWorkshopTraining": "one-time workshop",
    "SeriesOfWorkshopsTraining": "series of workshops",
    "P2P": "person-to-person activity",
    "TechnicalAssistance": "technical assistance",
    "Other": "activity of another type",
}
SETTINGS = {
    "01": "infants and toddlers",
    "02": "preschool",
    "03": "family child care",
    "04": "home visitors",
    "06": "another setting",
    "07": "bilingual settings",
    "99": "no current setting",
}
UNITS = {"clock": "clock hours", "ceu": "CEUs", "semester": "semester credits"}
VERIFICATIONS = {
    "verified": "its own registry verified it",
    "attendance": "its own registry verified attendance",
    "pending": "its own registry has not yet verified it",
    "self_reported": "it is self-reported",
    "declined": "its own registry declined it",
}
DELIVERIES = {
    "AudioVideo": "by audio or video",
    "BlendedLearning": "as blended learning",
    "Broadcast": "by broadcast",
    "Conference": "at a conference",
    "Correspondence": "by correspondence",
    "EarlyCollege": "as early college",
    "FaceToFace": "face to face",
    "IndependentStudy": "as independent study",
    "Online": "online",
    "Other": "in another way",
}
PURPOSES = {"career_pathway": "toward a career level"}
KINDS = {
    "training": "Training",
    "education": "Education",
    "credential": "Credentials",
    "course": "Approved courses",
    "trainer": "Approved trainers",
    "organization": "Approved organizations",
}


def plain(code: str) -> str:
    """A code of the hub's own in snake case, as words."""
    return code.replace("_", " ")


def article(words: str) -> str:
    return ("an " if words[:1].lower() in "aeiou" else "a ") + words


def listed(words: Iterable[str], last: str = "or") -> str:
    """`a, b or c`, sorted; the same words in the same order however the file lists them."""
    parts = sorted(words)
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def quoted(words: Iterable[str]) -> list[str]:
    return [f'"{each}"' for each in words]


def state_text(text: str) -> str:
    """The name of a state written ND or us-nd; the text itself where there is none."""
    code = text.lower()
    code = code if code.startswith("us-") else f"us-{code}"
    name = state_name(code)
    return text if name == code or not is_registry(code) else name


def areas_text(codes: Iterable[str]) -> str:
    """`01 child growth and development; 02 …`: names of areas hold commas."""
    return "; ".join(f"{each} {AREAS.get(each, '')}".rstrip() for each in sorted(codes))


def grades_text(grades: Iterable[str]) -> str:
    """`A+, A, A- or B+`: the best first."""
    order = {"+": 0, "-": 2}
    parts = sorted(grades, key=lambda each: (each[:1], order.get(each[1:2], 1), each))
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"


def own_type_text(text: str) -> str:
    """`WI-ITC of Wisconsin` for us-wi:WI-ITC."""
    registry, _, code = text.partition(":")
    return f"{code} of {state_text(registry)}" if code else text


def event_text(event_type: str) -> str:
    """`a conference`; an event of no type that has a name is `an event of another type`."""
    return "an event of another type" if event_type == "other" else article(plain(event_type))
