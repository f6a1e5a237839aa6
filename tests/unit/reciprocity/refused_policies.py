"""Refused policies: each text holds ¦ where its one problem is, and says what stands there and what
to write instead.

`HEAD` and `rule` make the text around what is wrong.
"""

from __future__ import annotations

from typing import NamedTuple

HEAD = 'registry = "us-nd"\nrevision = 1\n'
FULL = 'outcome = "FULL"'
NEEDS = 'outcome = "NEEDS_DOCUMENT"\ndocuments = ["certificate"]\n[rule.effect.with]\n'
DENIED = 'outcome = "DENIED"'
SAY_IT = "in quotes"


class Refused(NamedTuple):
    """A text with its place marked, the rule and key as they are named, what, and the remedy."""

    text: str
    place: str
    what: str
    fix: str


def rule(
    when: str = "", effect: str = FULL, *, id: str = "a", kind: str = "training", more: str = ""
) -> str:
    """A rule in force from July 2024, made up; `more` stands beside its kind."""
    days = "" if "from" in more else "from = 2024-07-01\n"
    source = "" if "illustrative" in more or "citation" in more else "illustrative = true\n"
    return (
        f'[[rule]]\nid = "{id}"\nversion = 1\nkind = "{kind}"\n{days}{source}{more}\n'
        f"[rule.when]\n{when}\n[rule.effect]\n{effect}\n"
    )


def when(text: str, key: str, what: str, fix: str, kind: str = "training") -> Refused:
    """A rule with one condition that is refused."""
    return Refused(HEAD + rule(text, kind=kind), f"rule a version 1, when.{key}", what, fix)


def effect(text: str, key: str, what: str, fix: str, kind: str = "training") -> Refused:
    return Refused(HEAD + rule("", text, kind=kind), f"rule a version 1, {key}", what, fix)


def head(text: str, place: str, what: str, fix: str) -> Refused:
    """A file whose head is refused; its rule is in order."""
    return Refused(text + rule(), place, what, fix)


def two(first: str, later: str, what: str, fix: str, *, more: str = "") -> Refused:
    """A later rule that is refused because of the one before it."""
    text = HEAD + rule(first, more=more) + rule(later, id="b").replace("[[", "¦[[", 1)
    return Refused(text, "rule b version 1", what, fix)


NEVER = "is never reached: rule a version 1 decides before it"
MOVE = "put it first, or leave it out"

UNKNOWN_CODES = [
    when('event_type = ¦"confrence"', "event_type", "'confrence' is not", "write conference"),
    when('event_type = ["workshop", ¦"x"]', "event_type", "'x' is not a code", "use one of co"),
    when('type = ¦"CDA"', "type", "'CDA' is not a code", "use one of Child", "credential"),
    when('subtype = ¦"05"', "subtype", "'05' is not a code", "use one of 01, 02", "credential"),
    when('standing = ¦"active"', "standing", "'active' is not a code", "use one of applied"),
    when('unit = ¦"hours"', "unit", "'hours' is not a code", "use one of ceu, clock, semester"),
    when('verification = ¦"yes"', "verification", "'yes' is not a code", "use one of attendance"),
    when('evidence = ¦"transcript"', "evidence", "'transcript' is not a code", "transcript"),
    when('delivery = ¦"online"', "delivery", "'online' is not a code", "write Online"),
    when('hours_by_area = ["01", ¦"10"]', "hours_by_area", "'10' is not a code", "use one of 01"),
    when('grade = ["A", ¦"c"]', "grade", "'c' is not a code", "use one of A, A+"),
    when('held_in = ¦"North Dakota"', "held_in", "'North Dakota' is not a code", "use one of AK"),
    when('level = ¦"2"', "level", "'2' names no registry", "such as us-wi:CODE"),
    when('own_type = ¦"WI-ITC"', "own_type", "'WI-ITC' names no registry", "us-wi:CODE"),
    when('own_type = ¦"us-xx:A"', "own_type", "'us-xx:A' names no registry", "us-wi:CODE"),
    when('registry = ["us-oh", ¦"Ohio"]', "registry", "'Ohio' is no registry", "us-oh"),
    when('registry = ¦"us-zz"', "registry", "'us-zz' is no registry and no group", "us-oh"),
    when(
        'trainer_approved_by = { registries = ¦"neer", tested = "asked" }',
        "trainer_approved_by",
        "'neer' is no registry and no group",
        "or use one of others",
    ),
    when('documents = ¦"Official transcript"', "documents", "is not a name", "official_transcript"),
    when('on_list = ¦"NV list"', "on_list", "'NV list' is not a name", "small letters"),
    when(
        'on_list = { list = "x", tested = ¦"today" }',
        "on_list.tested",
        "is not a code",
        "use one of 'own_day' or 'asked'",
    ),
    effect('outcome = ¦"YES"', "effect.outcome", "is not a code", "'FULL', 'PARTIAL'"),
    effect(FULL + '\nareas = ["01", ¦"11"]', "effect.areas", "'11' is not a code", "use one of 01"),
    effect(NEEDS + 'outcome = ¦"NEEDS_DOCUMENT"', "effect.with.outcome", "is not a code", "'FULL'"),
    effect(FULL + '\nnot_for = [¦"Career"]', "effect.not_for", "'Career' is not a name", "small"),
    Refused(
        HEAD + rule(more='unknown = ¦"ask"'),
        "rule a version 1, unknown",
        "is not a code",
        "use one of 'stop' or 'skip'",
    ),
    Refused(
        HEAD + rule().replace('kind = "training"', 'kind = ¦"person"'),
        "rule a version 1, kind",
        "is not a code",
        "'training', 'education'",
    ),
]

KEYS = [
    when("¦within_month = 3", "within_month", "is no key here", "write within_months"),
    when('¦cap_hours = "3"', "cap_hours", "is no key here", "move it to [rule.effect]"),
    when('¦record_id = "T-1"', "record_id", "names one record", "about all records alike"),
    when("¦surname = true", "surname", "is no key here", "leave it out"),
    when("any = [{ ¦any = [] }]", "any[0].any", "is no key here", "stand one level deep"),
    when("not = { ¦not = {} }", "not.not", "is no key here", "stand one level deep"),
    when('on_list = { list = "x", ¦day = 1 }', "on_list.day", "is no key here", "leave it out"),
    when("on = { ¦form = 2024-07-01 }", "on.form", "is no key here", "write from"),
    effect(FULL + "\n¦within_months = 3", "effect.within_months", "is no key", "to [rule.when]"),
    effect(NEEDS + FULL + '\n¦documents = ["x"]', "effect.with.documents", "is no key", "[rule.e"),
    head(HEAD + "¦revison = 2\n", "revison", "is no key here", "write revision"),
    Refused(HEAD + rule(more="¦since = 3"), "rule a version 1, since", "is no key", "leave it out"),
]

FORMS = [
    when("documents = ¦[]", "documents", "is not a text, a list of texts", "write one"),
    when('event_type = ["other", ¦"other"]', "event_type", "names 'other' twice", "leave one out"),
    when("unit = ¦3", "unit", "is not a text, a list of texts", "write one"),
    when("trainer = ¦1", "trainer", "is not true or false", "write one of the two"),
    when("within_months = ¦0", "within_months", "is too small", "write 1 or more"),
    when("within_months = ¦121", "within_months", "is too large", "write 120 or less"),
    when('within_months = ¦"3"', "within_months", "is not a whole number", "without quotes"),
    when("recognized_in_at_least = ¦0", "recognized_in_at_least", "is not a whole number", "one"),
    when("birth_to_8_percent = ¦{}", "birth_to_8_percent", "says no bound", 'write { min = "80" }'),
    when(
        'birth_to_8_percent = { min = "80", below = ¦"80" }',
        "birth_to_8_percent.below",
        "is not above min",
        "correct one of the two",
    ),
    when("birth_to_8_percent = { min = ¦nan }", "birth_to_8_percent.min", "is not a dec", "like"),
    when('birth_to_8_percent = { min = ¦"nan" }', "birth_to_8_percent.min", "not a number", SAY_IT),
    when('birth_to_8_percent = { min = ¦"1e2" }', "birth_to_8_percent.min", "not a number", SAY_IT),
    when("on = ¦{}", "on", "says no day", "or true for any day"),
    when(
        "on = { from = 2024-07-02, until = ¦2024-07-01 }",
        "on.until",
        "is before from",
        "correct one of the two",
    ),
    when("any = ¦[]", "any", "lists nothing", "or leave it out"),
    when("any = [¦{}]", "any[0]", "is empty", "name a condition or leave it out"),
    when("not = ¦{}", "not", "is empty", "name a condition or leave it out"),
    when("any = ¦[" + "{ trainer = true }, " * 21 + "]", "any", "holds more than 20", "leave out"),
    when('min_amount = ¦"1"', "min_amount", "has no unit", 'unit = "ceu"'),
    effect(FULL + "\ncap_hours = ¦5", "effect.cap_hours", "is not a decimal in quotes", '"1.5"'),
    effect(FULL + '\ncap_hours = ¦"NaN"', "effect.cap_hours", "is not a number", SAY_IT),
    effect(FULL + '\ncap_hours = ¦"Infinity"', "effect.cap_hours", "is not a number", SAY_IT),
    effect(FULL + '\ncap_hours = ¦"-1"', "effect.cap_hours", "is not a number", SAY_IT),
    effect(FULL + '\ncap_hours = ¦"1.00001"', "effect.cap_hours", "at most 4 places", "correct it"),
    effect(FULL + '\ncap_hours = ¦"100000"', "effect.cap_hours", "from 0 to 99999", "correct it"),
    effect(FULL + '\nround_down_to = ¦"0"', "effect.round_down_to", "is no step", '"0.5"'),
    effect(FULL + '\ncounts_as = ¦"a\\u0000b"', "effect.counts_as", "a control character", "leave"),
    effect(FULL + '\ncounts_as = ¦""', "effect.counts_as", "is not a text", "write it in quotes"),
    head('registry = ¦"ND"\nrevision = 1\n', "registry", "is no registry's code", "such as us-oh"),
    head('registry = "us-nd"\nrevision = ¦0\n', "revision", "is too small", "write 1 or more"),
    head('registry = "us-nd"\nrevision = ¦"1"\n', "revision", "is not a whole number", "without"),
    head('registry = "us-nd"\nrevision = ¦3000000000\n', "revision", "is too large", "2147483647"),
    Refused(HEAD + "rule = ¦[]\n", "rule", "has no rules", "[[rule]]"),
    Refused(
        HEAD + rule(more="from = ¦2024-07-01T00:00:00"),
        "rule a version 1, from",
        "is not a day",
        "write it like 2024-07-01, without quotes or time",
    ),
    Refused(
        HEAD + rule(more='from = ¦"2024-07-01"'),
        "rule a version 1, from",
        "is not a day",
        "without",
    ),
    Refused(
        HEAD + rule(more="until = ¦2024-06-30"), "rule a version 1, until", "is before from", "corr"
    ),
    Refused(
        HEAD + rule(more="illustrative = false").replace("[[", "¦[[", 1),
        "rule a version 1, citation",
        "is missing",
        'write citation = "https://…", or illustrative = true',
    ),
    Refused(
        HEAD + rule(more='citation = "https://a.example"\nillustrative = ¦true'),
        "rule a version 1, illustrative",
        "and citation do not go together",
        "leave one of the two out",
    ),
    Refused(
        HEAD + rule(more='citation = ¦"http://a.example"'),
        "rule a version 1, citation",
        "is not an address",
        "https://",
    ),
    Refused(
        HEAD + rule().replace("version = 1\n", "").replace("[[", "¦[[", 1),
        "rule a version ?, version",
        "is missing",
        "add it",
    ),
    Refused(HEAD + rule().replace('"a"', '¦"a b"'), "rule a b version 1, id", "is not an id", "-"),
    Refused(
        HEAD + rule().replace('"a"', '¦"default"'),
        "rule default version 1, id",
        "is a word of its own",
        "name the rule differently",
    ),
]

TOGETHER = [
    when(
        'unit = "clock"\nmin_amount = ¦{ amount = "1", unit = "ceu" }',
        "min_amount",
        "is in ceu, the rule's unit is not",
        "name the same unit",
    ),
    when(
        'unit = "clock"\n'
        'any = [{ min_amount = ¦{ amount = "1", unit = "ceu" } }, { trainer = true }]',
        "any[0].min_amount",
        "is in ceu, the rule's unit is not",
        "name the same unit",
    ),
    Refused(
        HEAD + rule('unit = "clock"', FULL + '\nconvert = { ceu = ¦"8" }'),
        "rule a version 1, effect.convert.ceu",
        "is not the rule's unit",
        "name the same unit",
    ),
    effect(
        FULL + '\nconvert = { ceu = ¦"11" }',
        "effect.convert.ceu",
        "is not a whole number up to 10",
        'write "10" or less',
    ),
    effect(
        FULL + '\nareas = ["01"]\nconvert = ¦{ ceu = "8" }',
        "effect.convert",
        "does not go together with areas or convert",
        "leave one of the two out",
    ),
    effect(
        'outcome = "FULL"\nareas = ["01"]\ndocuments = ["x"]\n'
        '[rule.effect.with]\noutcome = "FULL"\n'
        'convert = ¦{ ceu = "8" }',
        "effect.with.convert",
        "does not go together with areas or convert",
        "leave one of the two out",
    ),
    effect(FULL + '\ncap_hours = ¦"5"', "effect.cap_hours", "has none", "leave", "trainer"),
    effect(DENIED + '\ncounts_as = ¦"x"', "effect.counts_as", "accepts nothing", "leave it out"),
    Refused(
        HEAD + rule("", 'outcome = "NEEDS_DOCUMENT"').replace("[rule.e", "¦[rule.e"),
        "rule a version 1, effect.documents",
        "is missing with NEEDS_DOCUMENT",
        "name the documents",
    ),
    effect(
        FULL + '\ndocuments = ¦["x"]', "effect.documents", "says not what", "[rule.effect.with]"
    ),
    effect(FULL + "\n¦[rule.effect.with]\n" + FULL, "effect.with", "none are named", "name docu"),
    head(
        HEAD + 'groups = { a = [¦"b"], b = ["us-oh"] }\n',
        "groups.a",
        "holds the group 'b'",
        "a group lists registries only",
    ),
    head(HEAD + 'groups = { a = ["us-oh", ¦"Ohio"] }\n', "groups.a", "'Ohio', which is", "us-oh"),
    head(HEAD + 'groups = { a = ["us-oh", ¦"us-oh"] }\n', "groups.a", "'us-oh' twice", "leave one"),
    head(HEAD + 'groups = { ¦others = ["us-oh"] }\n', "groups.others", "a word of its own", "diff"),
    head(HEAD + "groups = { ¦a = [] }\n", "groups.a", "lists nothing", "name its registries"),
    head(HEAD + 'groups = { a = ¦"us-oh" }\n', "groups.a", "is not a list", "write [ … ]"),
    Refused(
        HEAD
        + rule(more="until = 2025-01-01")
        + rule(more="from = ¦2025-01-01").replace("= 1", "= 2"),
        "rule a version 2",
        "shares days with version 1",
        "end one before the other begins",
    ),
    Refused(
        HEAD + rule(more="until = 2025-01-01") + rule().replace("n = 1", "n = ¦1"),
        "rule a version 1",
        "stands twice",
        "give one of them another version",
    ),
]

UNREACHABLE = [
    two("", "", NEVER, MOVE),
    two("", 'event_type = "workshop"', NEVER, MOVE),
    two('event_type = ["workshop", "other"]', 'event_type = "other"\nlevel = true', NEVER, MOVE),
    two("level = true", 'level = "us-oh:2"', NEVER, MOVE),
    two('registry = "others"', 'registry = "us-oh"', NEVER, MOVE),
    two("within_months = 6", "within_months = 3", NEVER, MOVE),
    two("on = { from = 2024-01-01 }", "on = { from = 2025-01-01 }", NEVER, MOVE),
    two('unit = "clock"\nmin_amount = "2"', 'unit = "clock"\nmin_amount = "3"', NEVER, MOVE),
    two('unit = "clock"', 'min_amount = { amount = "3", unit = "clock" }', NEVER, MOVE),
    two('hours_by_area = ["01", "02"]', 'hours_by_area = "02"', NEVER, MOVE),
    two('birth_to_8_percent = { min = "50" }', 'birth_to_8_percent = { min = "80" }', NEVER, MOVE),
    two('any = [{ trainer = true }, { unit = "ceu" }]', 'unit = "ceu"', NEVER, MOVE),
    two(
        'event_type = ["workshop", "other"]',
        'any = [{ event_type = "workshop", trainer = true }, { event_type = "other" }]',
        NEVER,
        MOVE,
    ),
    two(
        'any = [{ unit = "ceu" }, { unit = "clock" }]',
        'any = [{ unit = "clock", trainer = true }, { unit = "ceu" }]',
        NEVER,
        MOVE,
    ),
    two('not = { event_type = "workshop" }', 'event_type = "conference"', NEVER, MOVE),
    two('not = { unit = "ceu" }', 'not = { unit = ["ceu", "clock"] }', NEVER, MOVE),
    two("trainer = true", "not = { trainer = false }", NEVER, MOVE),
    two('registry = "others"', 'not = { registry = "us-nd" }', NEVER, MOVE),
    two('trainer_approved_by = "others"', 'trainer_approved_by = "us-oh"', NEVER, MOVE),
    two('on_list = ["x", "y"]', 'on_list = "y"', NEVER, MOVE),
    two("recognized_in_at_least = 3", "recognized_in_at_least = 5", NEVER, MOVE),
    two('documents = ["x", "y"]', 'documents = "x"', NEVER, MOVE),
]

REFUSED = [*UNKNOWN_CODES, *KEYS, *FORMS, *TOGETHER, *UNREACHABLE]
