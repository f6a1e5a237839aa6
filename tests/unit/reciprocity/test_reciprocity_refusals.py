"""What is refused of a policy file: each thing with its line, its column, and what to write."""

from __future__ import annotations

import time

import pytest
from reciprocity_cases import one_rule
from refused_policies import FULL, HEAD, REFUSED, Refused, rule

from hub.errors import ConfigurationError
from hub.reciprocity.policy import PolicyError, parse_policy
from hub.reciprocity.problems import PROBLEMS_MAX, Problem
from hub.reciprocity.scan import first_excess, line_and_column

BOUND_SECONDS = 20.0
"""Of the processor, on a machine that is shared; measured are 0.1 to 3."""


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, source="us-nd.toml")
    return caught.value.problems


@pytest.mark.parametrize("refused", REFUSED, ids=lambda each: f"{each.place}-{each.what}"[:60])
def test_a_refused_policy_names_place_and_remedy(refused: Refused) -> None:
    before, _, after = refused.text.partition("¦")
    (problem,) = problems_of(before + after)

    assert problem.place == refused.place
    assert refused.what in problem.what
    assert refused.fix in problem.fix
    assert (problem.line, problem.column) == line_and_column(before + after, len(before))


def test_of_two_equal_words_the_second_is_the_place() -> None:
    (problem,) = problems_of(HEAD + rule('event_type = ["other", "workshop", "other"]'))

    assert (problem.line, problem.column) == (11, 36)


def test_every_problem_is_named_at_once_in_the_order_of_the_file() -> None:
    wrong = rule('event_type = "x"\nunit = "y"\nregistry = "neer"', FULL + "\ncap_hours = 1")
    late = rule('type = "CDA"', id="b", kind="credential")

    found = problems_of(
        'registry = "us-nd"\nrevision = 0\ngroups = { near = ["x"] }\n' + wrong + late
    )

    assert [(each.place, each.line) for each in found] == [
        ("revision", 2),
        ("groups.near", 3),
        ("rule a version 1, when.event_type", 12),
        ("rule a version 1, when.unit", 13),
        ("rule a version 1, when.registry", 14),
        ("rule a version 1, effect.cap_hours", 17),
        ("rule b version 1, when.type", 26),
    ]


def test_the_error_says_each_line_with_its_remedy() -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(one_rule('event_type = "confrence"'), source="us-nd.toml")

    assert isinstance(caught.value, ConfigurationError)
    assert caught.value.fix
    assert str(caught.value).splitlines()[1] == (
        "  us-nd.toml:11:14: rule only version 1, when.event_type: "
        "'confrence' is not a code; write conference"
    )


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        ('registry = "us-nd', 1, 18, "without its closing quote"),
        ('registry = "us-nd"\nrevision = one\n', 2, 12, "has no value here"),
        ("revision = 1\nrevision = 2\n", 2, 13, "a key that stands twice"),
        ("= 3", 1, 1, "what is no key and no table"),
        ("rule = [1, 2", 1, 13, "a list without its closing bracket"),
        ("r = 1 s = 2", 1, 7, "Expected newline"),
        ("revision = " + "9" * 5000, 1, 12, "a number of too many digits"),
    ],
)
def test_what_is_no_toml_is_told_with_line_and_column(
    text: str, line: int, column: int, what: str
) -> None:
    (problem,) = problems_of(text)

    assert (problem.line, problem.column) == (line, column)
    assert what in problem.what


def test_columns_are_counted_in_characters() -> None:
    text = HEAD + rule('any = [{ organization = "Été" }, { unit = "hours" }]')

    assert [(each.line, each.column) for each in problems_of(text)] == [(11, 43)]


@pytest.mark.parametrize("when", ["when.event_type", '"when".event_type', "'when' . event_type"])
def test_a_key_is_found_however_it_is_written(when: str) -> None:
    text = (
        HEAD + '[[rule]]\nid = "a"\nversion = 1\nkind = "training"\nfrom = 2024-07-01\n'
        f'illustrative = true\n{when} = "x"\neffect.outcome = "FULL"\n'
    )

    (problem,) = problems_of(text)

    assert (problem.line, problem.column) == (9, len(when) + 4)


def test_a_key_is_found_in_arrays_of_tables() -> None:
    text = HEAD + rule() + '[[rule.when.any]]\nunit = "clock"\n[[rule.when.any]]\nunit = "x"\n'

    (problem,) = problems_of(text)

    assert (problem.place, problem.line) == ("rule a version 1, when.any[1].unit", 17)


def test_lines_that_end_as_on_windows_count_alike() -> None:
    text = (HEAD + rule('unit = "x"')).replace("\n", "\r\n")

    assert [(each.line, each.column) for each in problems_of(text)] == [(11, 8)]


def test_a_table_in_a_condition_of_a_clause_is_too_deep() -> None:
    text = HEAD + rule("any = [{ on_list = { list = 'x', a = { b = 1 } } }]")

    (problem,) = problems_of(text)

    assert problem.what == "is nested deeper than 3 tables"
    assert (problem.line, problem.column) == (11, 34)


def test_a_rule_that_an_earlier_one_may_skip_is_reached() -> None:
    skipping = rule('event_type = "workshop"', more='unknown = "skip"')
    same = rule('event_type = "workshop"', id="b")

    assert [each.id for each in parse_policy(HEAD + skipping + same).rules] == ["a", "b"]


def test_a_rule_that_skips_what_is_never_unknown_still_hides() -> None:
    skipping = rule('registry = "others"', kind="trainer", more='unknown = "skip"')
    later = rule('registry = "us-oh"\nlevel = true', kind="trainer", id="b")

    (problem,) = problems_of(HEAD + skipping + later)

    assert "is never reached" in problem.what


@pytest.mark.parametrize(
    ("first", "later"),
    [
        ('event_type = "workshop"', 'event_type = ["workshop", "other"]'),
        ('registry = "us-oh"', 'registry = "others"'),
        ('registry = "others"', 'registry = "us-nd"'),
        ("within_months = 3", "within_months = 6"),
        ('unit = "ceu"', 'min_amount = { amount = "3", unit = "clock" }'),
        ('any = [{ trainer = true }, { unit = "ceu" }]', 'unit = ["ceu", "clock"]'),
        ('not = { documents = "x" }', 'documents = "y"'),
        ('not = { on_list = "x" }', 'on_list = "y"'),
        ('not = { event_type = "workshop", trainer = true }', 'event_type = "workshop"'),
        ('on_list = "x"', 'on_list = { list = "x", tested = "asked" }'),
        ("level = false", 'level = "us-oh:1"'),
        ("accredited = true", "not = { accredited = false }"),
    ],
)
def test_a_rule_that_can_be_reached_is_let_through(first: str, later: str) -> None:
    assert len(parse_policy(HEAD + rule(first) + rule(later, id="b")).rules) == 2


def test_a_rule_outlives_the_one_before_it() -> None:
    text = HEAD + rule(more="until = 2025-01-01") + rule(id="b")

    assert len(parse_policy(text).rules) == 2


def test_five_hundred_rules_are_taken_and_one_more_is_refused() -> None:
    rules = [rule(f'organization = "o{n}"', id=f"r{n}") for n in range(501)]

    assert len(parse_policy(HEAD + "".join(rules[:500])).rules) == 500
    (problem,) = problems_of(HEAD + "".join(rules))
    assert problem.what == "holds more than 500 rules"
    assert problem.line == 2 + 500 * 11 + 1


def test_a_file_above_a_megabyte_is_refused_and_one_at_it_is_read() -> None:
    text = HEAD + rule()
    full = text + "#" * (1_000_000 - len(text))

    assert parse_policy(full).revision == 1
    assert problems_of(full + "#")[0].what == "is larger than 1,000,000 bytes"


def test_no_more_problems_are_named_than_anybody_reads() -> None:
    found = problems_of(HEAD + rule("".join(f"k{n} = 1\n" for n in range(2_000))))

    assert len(found) == PROBLEMS_MAX + 1
    assert found[-1].what == "has more to correct"


HOSTILE = {
    "brackets": "x = " + "[" * 900_000,
    "braces": "x = " + "{a=" * 300_000,
    "closed brackets": "x = " + "[" * 450_000 + "]" * 450_000,
    "a key of many parts": "a" + ".a" * 450_000 + " = 1",
    "a head of many parts": "[" + "a." * 450_000 + "a]",
    "a long key": "k" * 900_000 + " = 1",
    "many keys": "".join(f"k{n} = 1\n" for n in range(80_000)),
    "many tables": "[[x]]\n" * 150_000,
    "many rules": "[[rule]]\n" * 100_000,
    "a long number": "revision = " + "9" * 900_000,
    "a long hexadecimal": 'registry = "us-nd"\nrevision = 0x' + "f" * 900_000,
    "quotes": "x = " + '"' * 900_000,
    "open text with escapes": 'x = """' + '\\"""' * 200_000,
    "lists that differ in the last word": "".join(
        rule(
            "organization = [" + ",".join(f'"{k}"' for k in range(190)) + f',"z{n}"]',
            id=f"r{n}",
        )
        for n in range(500)
    ),
    "clauses that differ in the last": "".join(
        rule(
            "any = [" + "{trainer=true,accredited=true}," * 19 + f'{{organization="{n}"}}]',
            id=f"r{n}",
        )
        for n in range(500)
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_judged_in_bounded_time(name: str) -> None:
    text = HOSTILE[name] if "revision" in HOSTILE[name][:60] else HEAD + HOSTILE[name]
    begun = time.process_time()

    taken = rules_taken(text[:1_000_000])

    assert taken in (0, 500)
    assert time.process_time() - begun < BOUND_SECONDS


def rules_taken(text: str) -> int:
    try:
        return len(parse_policy(text).rules)
    except PolicyError:
        return 0


def test_brackets_and_dots_in_texts_and_comments_are_no_nesting() -> None:
    text = 'x = "[[[[[[[[[[ a.a.a.a.a.a.a.a.a.a"\n# [[[[[[[[[[[[\ny = """[[[[[[[["[[[["""""\n'

    assert first_excess(text + "z = '''[[[[[[[[[[[[''''\nu = 1.5\n") is None
    assert first_excess(text + "z = [[[[[[[[[1") == (len(text) + 12, "is nested too deep")
