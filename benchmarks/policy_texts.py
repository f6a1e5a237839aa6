"""Policies made for the benches: a later revision of a shipped one, and a long one.

The long policy is what a careful registry might write: twenty rules on trainings, each with several
conditions, of which a usual completion fails one or two late; the last rule decides on all others.
"""

from __future__ import annotations

import re

RECEIVER = "us-nd"
"""Whose shipped policy has the most rules on trainings."""
ADDED_RULE = "nd-online-provider"
BEFORE_RULE = "nd-out-of-state"
LONG_RULES = 20

_ADDED = f"""[[rule]]
id = "{ADDED_RULE}"
version = 1
kind = "training"
from = 2024-07-01
illustrative = true
unknown = "skip"
[rule.when]
delivery = "Online"
[rule.effect]
outcome = "NEEDS_DOCUMENT"
documents = ["certificate"]
[rule.effect.with]
outcome = "FULL"

"""


def later_policy(text: str) -> str:
    """The receiver's policy one revision on, with a rule on online trainings before the last: their
    answers change and the others' do not. Raises ValueError where the text has no such rule."""
    revision = re.search(r"^revision = (\d+)$", text, re.MULTILINE)
    last = text.find(f'[[rule]]\nid = "{BEFORE_RULE}"')
    if revision is None or last < 0:
        raise ValueError(f"the policy has no revision, or no rule {BEFORE_RULE}")
    text = text[:last] + _ADDED + text[last:]
    raised = f"revision = {int(revision.group(1)) + 1}"
    return text[: revision.start()] + raised + text[revision.end() :]


_LONG_CONDITIONS = (
    'event_type = "college_course"\nunit = "semester"\ngrade = ["A", "B", "C"]',
    'event_type = "college_course"\nunit = "semester"\naccredited = true',
    'event_type = "conference"\nwithin_months = 3\nmin_amount = {amount = "2", unit = "clock"}',
    'event_type = "conference"\nregistry = "near"\nwithin_months = 12',
    'unit = "ceu"\non_list = "nv-recognized"\nmin_amount = {amount = "0.1", unit = "ceu"}',
    'unit = "ceu"\ncourse_approved_by = "near"',
    'registry = "near"\ndelivery = ["FaceToFace", "Online"]\non_list = "nd-partners"',
    'registry = "near"\nhours_by_area = "08"\nunit = "clock"\ntrainer_approved_by = "near"',
    'event_type = "workshop"\nunit = "clock"\non = {from = 2024-07-01, until = 2024-09-30}',
    'delivery = "IndependentStudy"\nmin_amount = {amount = "1", unit = "clock"}\ntrainer = false',
    'event_type = "self_study"\napproval_code = true',
    'event_type = "workshop"\ndelivery = "Online"\nmin_amount = {amount = "30", unit = "clock"}',
    'delivery = "Online"\nunit = "clock"\norganization = ["Lakeside College", "Valley Network"]',
    'registry = "others"\nverification = "verified"\nheld_in = "ND"\napproval_code = false',
    'registry = "others"\nunit = "clock"\ndocuments = ["official_transcript", "syllabus"]',
    'registry = "others"\nverification = "attendance"\nmin_amount = {amount = "1", unit = "clock"}',
    'registry = "others"\nverification = ["pending", "self_reported"]',
    'registry = "others"\nlevel = ["us-il:advanced", "us-il:master"]\nhours_by_area = "05"',
    'registry = "others"\ntrainer_approved_by = {registries = "near", tested = "asked"}',
)
_LONG_EFFECTS = (
    'outcome = "FULL"\ncounts_as = "level-3"',
    'outcome = "PARTIAL"\ncap_hours = "5"\nround_down_to = "0.25"',
    'outcome = "NEEDS_DOCUMENT"\ndocuments = ["certificate"]\n[rule.effect.with]\noutcome = "FULL"',
    'outcome = "DENIED"',
)
_LONG_LAST = """outcome = "NEEDS_DOCUMENT"
documents = ["certificate", "learning_objectives"]
areas = ["01", "02", "03", "04", "05", "07"]
[rule.effect.with]
outcome = "FULL"
areas = ["01", "02", "03", "04", "05", "07"]
cap_hours = "20"
round_down_to = "0.25\""""


def long_policy() -> str:
    """Twenty rules on trainings; a verified workshop of us-il comes to the last."""
    head = f'registry = "{RECEIVER}"\nrevision = 1\n[groups]\nnear = ["us-wi", "us-oh", "us-mn"]\n'
    rules = [
        _rule(number, conditions, _LONG_EFFECTS[number % len(_LONG_EFFECTS)])
        for number, conditions in enumerate(_LONG_CONDITIONS, 1)
    ]
    last = 'verification = ["verified", "attendance"]\nregistry = "others"'
    return head + "".join([*rules, _rule(LONG_RULES, last, _LONG_LAST)])


def _rule(number: int, conditions: str, effect: str) -> str:
    return (
        f'[[rule]]\nid = "nd-long-{number:02}"\nversion = 1\nkind = "training"\n'
        f'from = 2024-07-01\nillustrative = true\nunknown = "skip"\n'
        f"[rule.when]\n{conditions}\n[rule.effect]\n{effect}\n"
    )
