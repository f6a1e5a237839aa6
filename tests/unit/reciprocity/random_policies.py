"""Random policies, records and evidence of one small world, so that they meet each other often."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from hub.reciprocity.facts import (
    UNKNOWN,
    ApprovalFacts,
    Evidence,
    ListEntry,
    RecordFacts,
    Request,
)

DAYS = st.dates(date(2024, 6, 1), date(2026, 12, 31))
AMOUNTS = st.decimals(Decimal(0), Decimal(60), places=4)
AREAS = ("01", "02", "06")
DOCUMENTS = ("certificate", "official_transcript")
KINDS = ("training", "credential", "trainer")

CONDITIONS = {
    "registry": ('"us-oh"', '["us-oh", "us-wi"]', '"others"', '"us-nd"', '["us-nd", "us-wi"]'),
    "standing": ('"stated"', '["stated", "awarded"]'),
    "on": ("{ from = 2025-01-01 }", "{ until = 2025-06-30 }", "true"),
    "expires": ("true", "false", "{ from = 2025-06-01, until = 2026-01-01 }"),
    "unit": ('"clock"', '["clock", "ceu"]', '["clock", "semester"]'),
    "min_amount": ('{ amount = "2", unit = "clock" }', '{ amount = "9", unit = "clock" }'),
    "amount": ("true", "false"),
    "hours_by_area": ('"01"', '["01", "06"]'),
    "verification": ('"verified"', '["verified", "attendance"]'),
    "event_type": ('"workshop"', '["workshop", "conference"]', "true", "false"),
    "organization": ('"A"', '["A", "B"]', "true"),
    "trainer": ("true", "false"),
    "level": ('"us-oh:1"', '["us-oh:1", "us-wi:1"]', "true"),
    "held_in": ('"ND"', '["ND", "us-oh"]'),
    "grade": ('["A", "B"]', '"A"'),
    "accredited": ("true", "false"),
    "birth_to_8_percent": ('{ min = "80" }', '{ min = "50" }', '{ below = "80" }'),
    "documents": ('"certificate"', '["certificate", "official_transcript"]'),
    "trainer_approved_by": ('"others"', '"us-oh"', '{ registries = "others", tested = "asked" }'),
    "on_list": ('"x"', '["x", "y"]', '{ list = "x", tested = "asked" }'),
    "recognized_in_at_least": ("1", "2", '{ states = 2, tested = "asked" }'),
    "within_months": ("3", "12"),
}
EFFECTS = (
    'outcome = "FULL"',
    'outcome = "FULL"\ncap_hours = "5"',
    'outcome = "FULL"\nround_down_to = "0.5"',
    'outcome = "FULL"\nareas = ["01", "02"]\ncap_hours = "30"',
    'outcome = "FULL"\nconvert = { ceu = "8" }',
    'outcome = "PARTIAL"\ncounts_as = "level-1"\nnot_for = ["career_pathway"]',
    'outcome = "NEEDS_REVIEW"',
    'outcome = "DENIED"',
    'outcome = "NEEDS_DOCUMENT"\ndocuments = ["certificate"]\n[rule.effect.with]\noutcome = "FULL"',
    'outcome = "FULL"\ndocuments = ["official_transcript"]\n'
    '[rule.effect.with]\noutcome = "FULL"\ncap_hours = "9"',
)
PLAIN_EFFECTS = tuple(each for each in EFFECTS if "hours" not in each and "round" not in each)


def clauses(least: int, most: int) -> st.SearchStrategy[dict[str, str]]:
    """Conditions by their key."""
    keys = st.lists(st.sampled_from(sorted(CONDITIONS)), min_size=least, max_size=most, unique=True)
    return keys.flatmap(
        lambda names: st.fixed_dictionaries(
            {name: st.sampled_from(CONDITIONS[name]) for name in names}
        )
    )


def inline(clause: dict[str, str]) -> str:
    return "{ " + ", ".join(f"{key} = {value}" for key, value in clause.items()) + " }"


@st.composite
def whens(draw: st.DrawFn) -> str:
    """Lines of [rule.when], now and then with any and not."""
    lines = [f"{key} = {value}" for key, value in draw(clauses(0, 3)).items()]
    if draw(st.integers(0, 3)) == 0:
        some = draw(st.lists(clauses(1, 2), min_size=1, max_size=3))
        lines.append(f"any = [{', '.join(inline(each) for each in some)}]")
    if draw(st.integers(0, 3)) == 0:
        lines.append(f"not = {inline(draw(clauses(1, 2)))}")
    return "\n".join(lines)


def rule_text(id: str, when: str, effect: str, kind: str, more: str = "") -> str:
    return (
        f'[[rule]]\nid = "{id}"\nversion = 1\nkind = "{kind}"\nillustrative = true\n'
        f"{more if 'from' in more else 'from = 2024-07-01'}\n"
        f"[rule.when]\n{when}\n[rule.effect]\n{effect}\n"
    )


@st.composite
def rules(draw: st.DrawFn, kind: str) -> list[str]:
    """One to four rules on a kind, as texts."""
    effects = EFFECTS if kind == "training" else tuple(e for e in PLAIN_EFFECTS if "areas" not in e)
    effects = tuple(e for e in effects if kind == "training" or "convert" not in e)
    found = []
    for number in range(draw(st.integers(1, 4))):
        first = draw(st.sampled_from(["2024-07-01", "2025-03-01"]))
        last = draw(st.sampled_from(["", "\nuntil = 2025-12-31"]))
        skip = draw(st.sampled_from(["", '\nunknown = "skip"']))
        more = f"from = {first}{last}{skip}"
        effect = draw(st.sampled_from(effects))
        found.append(rule_text(f"{kind}-{number}", draw(whens()), effect, kind, more))
    return found


HEAD = 'registry = "us-nd"\nrevision = 1\n'


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.just(UNKNOWN), st.none(), values)


@st.composite
def records(draw: st.DrawFn, kind: str | None = None) -> RecordFacts:
    """A record of any of three registries, with fields unknown, none or known."""
    return RecordFacts(
        registry=draw(st.sampled_from(["us-oh", "us-wi", "us-nd"])),
        kind=kind or draw(st.sampled_from(KINDS)),
        record_id="1",
        standing=draw(st.sampled_from(["stated", "awarded", "stated", "revoked", "expired"])),
        own_type=draw(maybe(st.sampled_from(["X", "Y"]))),
        on=draw(st.one_of(DAYS, DAYS, DAYS, st.just(UNKNOWN))),
        expires=draw(maybe(DAYS)),
        revoked_on=draw(st.one_of(st.just(UNKNOWN), st.none(), DAYS)),
        amount=draw(maybe(AMOUNTS)),
        unit=draw(st.sampled_from([UNKNOWN, "clock", "ceu", "semester"])),
        hours_by_area=draw(
            maybe(
                st.dictionaries(st.sampled_from(AREAS), AMOUNTS).map(
                    lambda d: tuple(sorted(d.items()))
                )
            )
        ),
        verification=draw(st.sampled_from([UNKNOWN, "verified", "verified", "attendance"])),
        event_type=draw(maybe(st.sampled_from(["workshop", "conference", "other"]))),
        organization=draw(maybe(st.sampled_from(["A", "B"]))),
        trainer=draw(maybe(st.just("T-1"))),
        level=draw(maybe(st.sampled_from(["1", "2"]))),
        held_in=draw(maybe(st.sampled_from(["ND", "us-oh"]))),
        grade=draw(maybe(st.sampled_from(["A", "B", "C"]))),
        accredited=draw(maybe(st.booleans())),
        birth_to_8_percent=draw(
            maybe(st.sampled_from([Decimal(50), Decimal("79.99"), Decimal(80)]))
        ),
    )


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    """Approvals of a trainer, and lists that know organizations and credentials."""
    approvals = draw(
        st.lists(
            st.builds(
                lambda registry, on, expires: ApprovalFacts(
                    id="T-1",
                    facts=RecordFacts(
                        registry=registry,
                        kind="trainer",
                        record_id="A",
                        standing="approved",
                        on=on,
                        expires=expires,
                    ),
                ),
                st.sampled_from(["us-oh", "us-wi"]),
                DAYS,
                maybe(DAYS),
            ),
            max_size=2,
        )
    )
    entries = draw(
        st.lists(
            st.builds(
                lambda name, member, state, first, days: ListEntry(
                    list=name,
                    member=member,
                    state=state,
                    from_on=first,
                    until_on=first + timedelta(days=days),
                    meets_cda=True,
                ),
                st.sampled_from(["x", "y", "recognized-credentials"]),
                st.sampled_from(["A", "B", "us-oh:X", "us-wi:X"]),
                st.sampled_from(["OH", "WI"]),
                DAYS,
                st.integers(0, 400),
            ),
            max_size=4,
        )
    )
    return Evidence(tuple(approvals), tuple(entries))


REQUESTS = st.builds(Request, st.one_of(st.none(), DAYS), st.frozensets(st.sampled_from(DOCUMENTS)))
