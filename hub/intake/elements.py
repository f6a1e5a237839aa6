"""Which CEDS elements the fields of an event stand for: a mapping provides those it fills.

Codes are those of CEDS version 12; a field that CEDS has no element for is not listed.
"""

from __future__ import annotations

from collections.abc import Iterable

COMMON = {
    "person_id": "001070",
    "identity.birth_on": "000033",
    "identity.ssn": "001572",
    "identity.ssn_last4": "001572",
    "private.sex": "000255",
    "private.races": "001943",
    "private.hispanic": "000144",
    "private.languages": "000317",
    "private.credential_number": "001429",
    "private.position_title": "000213",
}

BY_KIND = {
    "profile": {},
    "employment": {
        "body.employer_id": "000826",
        "body.setting": "000829",
        "body.role": "001602",
        "body.started_on": "000346",
        "body.ended_on": "000795",
        "body.hours_per_week": "000796",
        "body.full_time": "000736",
        "body.wage": "000797",
        "body.wage_basis": "000798",
        "body.wage_verified": "000819",
        "body.separation_reason": "000620",
    },
    "education": {
        "body.institution": "000191",
        "body.accredited": "000818",
        "body.degree": "000141",
        "body.field_of_study": "000341",
        "body.awarded": "000081",
        "body.credits_total": "000792",
        "body.credits_early_childhood": "001086",
        "body.verification": "001607",
    },
    "training_completion": {
        "body.course_id": "000809",
        "body.event_id": "001452",
        "body.approval_code": "001432",
        "body.title": "000810",
        "body.event_type": "001442",
        "body.level": "001439",
        "body.started_on": "001061",
        "body.completed_on": "001062",
        "body.amount": "001437",
        "body.unit": "001436",
        "body.areas": "000813",
        "body.delivery": "001458",
        "body.organization": "001489",
        "body.state_approved": "001619",
        "body.trainer_id": "001444",
    },
    "credential": {
        "body.type": "000345",
        "body.subtype": "000806",
        "body.issuer": "001587",
        "body.issuing_state": "000805",
        "body.issued_on": "000070",
        "body.expires_on": "000069",
        "body.revoked_on": "001660",
    },
    "approval": {
        "body.title": "000810",
        "body.course_id": "000809",
        "body.trainer_id": "001444",
        "body.clock_hours": "001437",
        "body.areas": "000813",
        "body.delivery": "001458",
        "body.session_on": "001455",
        "body.expires_on": "001451",
    },
}


def elements_of(kind: str, targets: Iterable[str]) -> set[str]:
    """CEDS codes of the fields that a file of this kind fills."""
    table = COMMON | BY_KIND[kind]
    return {table[target] for target in targets if target in table}
