"""What the measures of the Alliance's four goals mean: definitions, inputs and bases."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a number means."""

    name: str
    goal: str
    title: str
    definition: str
    inputs: str
    numerator: str
    denominator: str | None
    unit: str


def _measure(
    goal: str, name: str, title: str, texts: tuple[str, str, str, str | None], unit: str
) -> Measure:
    definition, inputs, numerator, denominator = texts
    return Measure(
        name=name,
        goal=goal,
        title=title,
        definition=definition,
        inputs=inputs,
        numerator=numerator,
        denominator=denominator,
        unit=unit,
    )


_NOT_IN_EXPORTS = "nothing that the exports hold"
MEASURES = (
    _measure(
        "saturation",
        "registries_present",
        "Registries present",
        (
            "Registries that have sent a good profile, of the Alliance's known registries.",
            "profiles; the Alliance's count of 45 registries",
            "registries with a profile",
            "known registries",
        ),
        "share",
    ),
    _measure(
        "saturation",
        "accounts",
        "Accounts",
        (
            "Persons as one registry knows them, with a profile that stands.",
            "profiles",
            "accounts",
            None,
        ),
        "count",
    ),
    _measure(
        "saturation",
        "active_accounts",
        "Active accounts",
        (
            "Accounts that their registry says take part now.",
            "profiles: status",
            "active accounts",
            "accounts",
        ),
        "share",
    ),
    _measure(
        "saturation",
        "national_persons",
        "People",
        (
            "National persons: accounts that identity evidence links are one person."
            " The live error beside it says how many of the links that people checked were wrong.",
            "profiles; links of the identity model; answers to the monthly sample of links",
            "national persons",
            "accounts",
        ),
        "count",
    ),
    _measure(
        "saturation",
        "persons_if_reviews_linked",
        "People, were every open review a link",
        (
            "National persons if every pair that waits for an answer were one person:"
            " people are not fewer, as far as evidence shows.",
            "profiles; links of the identity model; open reviews and duplicates",
            "national persons if every open review were a link",
            "accounts",
        ),
        "count",
    ),
    _measure(
        "saturation",
        "persons_in_two_or_more",
        "People in two or more registries",
        (
            "National persons with accounts in at least two registries.",
            "links of the identity model",
            "people in two or more registries",
            "national persons",
        ),
        "share",
    ),
    _measure(
        "saturation",
        "licensed_program_staff",
        "Staff of licensed programs",
        (
            "Teaching staff and directors in licensed programs who hold an account.",
            _NOT_IN_EXPORTS,
            "staff on record",
            "staff in licensed programs",
        ),
        "share",
    ),
    _measure(
        "operations",
        "record_kinds",
        "Kinds of record",
        (
            "Kinds of record that a registry's mapping provides, of six.",
            "submissions",
            "kinds provided",
            "six kinds",
        ),
        "share",
    ),
    _measure(
        "operations",
        "functions",
        "Functions performed",
        (
            "Functions of a registry that its export shows, of eight that exports can show.",
            "submissions: mapping",
            "functions shown",
            "eight functions",
        ),
        "share",
    ),
    _measure(
        "operations",
        "ceds_elements",
        "CEDS elements",
        (
            "CEDS elements that a registry's mapping provides, of those that any mapping does.",
            "submissions: mapping",
            "elements provided",
            "elements provided by any registry",
        ),
        "share",
    ),
    _measure(
        "operations",
        "approves_professional_development",
        "Approves training",
        (
            "Registries that send approvals of courses, trainers or organizations.",
            "approvals",
            "registries with approvals",
            "registries present",
        ),
        "share",
    ),
    _measure(
        "operations",
        "per_approved",
        "PER approved",
        (
            "Registries approved in Partnership Eligibility Review.",
            _NOT_IN_EXPORTS,
            "approved registries",
            "registries",
        ),
        "share",
    ),
    _measure(
        "accountability",
        "rows_rejected",
        "Rows rejected",
        (
            "Rows of the latest submission of each file that change nothing.",
            "submissions",
            "rejected rows",
            "rows",
        ),
        "share",
    ),
    _measure(
        "accountability",
        "trainings_verified",
        "Trainings verified",
        (
            "Training completions that are verified and in force, of all ever stated.",
            "training completions",
            "verified and in force",
            "training completions",
        ),
        "share",
    ),
    _measure(
        "accountability",
        "days_to_record",
        "Days from completion to record",
        (
            "Mean days from completion to the day the record was entered, where both are stated.",
            "training completions: completed_on, entered_on",
            "days",
            "completions with both days",
        ),
        "days",
    ),
    _measure(
        "accountability",
        "contributes_to_data_set",
        "Contributes to the national data set",
        (
            "Registries that contribute to the national data set.",
            _NOT_IN_EXPORTS,
            "contributing registries",
            "PER approved registries",
        ),
        "share",
    ),
    _measure(
        "reciprocity",
        "matches_accepted",
        "Matches accepted in full or in part",
        (
            "Answers of receiving policies on the day that accept a record in full or in part, by"
            " the registry that holds the record.",
            "matches",
            "accepted in full or in part",
            "matches",
        ),
        "share",
    ),
    _measure(
        "reciprocity",
        "hours_accepted",
        "Training hours accepted",
        (
            "Clock hours that receiving policies accept, of the hours of the records they answer.",
            "matches of trainings",
            "accepted clock hours",
            "clock hours of the records",
        ),
        "share",
    ),
    _measure(
        "reciprocity",
        "credentials_accepted",
        "Credentials carried over",
        (
            "Answers on credentials that accept them in full or in part.",
            "matches of credentials",
            "accepted in full or in part",
            "matches of credentials",
        ),
        "share",
    ),
    _measure(
        "reciprocity",
        "decisions",
        "Decisions of receiving registries",
        (
            "Recognition decisions that receiving registries sent back.",
            _NOT_IN_EXPORTS,
            "decisions",
            "matches",
        ),
        "share",
    ),
    _measure(
        "reciprocity",
        "streamlined_criteria",
        "Streamlined approval criteria",
        (
            "Registries that use streamlined criteria for trainer, training or sponsor approval.",
            _NOT_IN_EXPORTS,
            "registries",
            "known registries",
        ),
        "share",
    ),
)


def definitions() -> list[dict[str, Any]]:
    """Every measure as JSON."""
    return [asdict(measure) for measure in MEASURES]
