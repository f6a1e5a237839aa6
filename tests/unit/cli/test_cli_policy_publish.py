"""`hub policy publish`, `show` and `answer`, as typed."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest

from hub import bootstrap
from hub.adapters.sqlite_log import SqliteEventLog
from hub.domain.topics import REFERENCE, events_topic
from hub.wire.codec import Body, read_event
from tests.unit.cli.hub_command import Ran, hub
from tests.unit.cli.operations_hub import Installation
from tests.unit.reciprocity.policy_drafts import Draft, policy_text

TODAY = datetime.now(UTC).date()
FIRST = policy_text(Draft())
ENDED = Draft(ends=(TODAY - timedelta(days=1)).isoformat())
AFTER = Draft(version=2, begins=TODAY.isoformat(), when='organization = "Care"')
SECOND = policy_text(ENDED, AFTER, revision=2)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.sqlite"

    async def make() -> None:
        log = SqliteEventLog(path)
        await bootstrap.make_topics(log, ["us-nd"])
        await log.close()

    asyncio.run(make())
    return path


def written(log: Path, text: str, name: str = "us-nd.toml") -> Path:
    path = log.parent / name
    path.write_text(text, "utf-8")
    return path


def run(log: Path, *words: str | Path) -> Ran:
    return hub("policy", *words, "--log", f"sqlite:///{log}")


def publish(log: Path, text: str, *words: str) -> Ran:
    return run(log, "publish", written(log, text), "--adopted-by", "S-1", *words)


def events(log: Path, topic: str = REFERENCE) -> list[Body]:
    async def read() -> list[Body]:
        opened = SqliteEventLog(log)
        ends = await opened.ends([topic])
        records = [r for place in sorted(ends) for r in await opened.read(place, 0, 1_000)]
        await opened.close()
        return [read_event(record)[1] for record in records]

    return asyncio.run(read())


def test_a_first_policy_is_published_and_said_in_words(log: Path) -> None:
    ran = publish(log, FIRST)

    assert ran.code == 0
    assert ran.out.startswith("us-nd revision 1: 1 rule.\n  Rule a version 1 is new: on training")
    assert "Published, adopted by staff S-1." in ran.out
    assert [body["adopted_by"] for body in events(log)] == ["S-1"]


def test_the_same_text_again_is_nothing_new(log: Path) -> None:
    publish(log, FIRST)
    again = publish(log, FIRST)

    assert (again.code, again.out) == (
        0,
        "us-nd revision 1 stands already with this text: nothing new.\n",
    )
    assert len(events(log)) == 1


def test_a_dry_run_says_the_difference_and_publishes_nothing(log: Path) -> None:
    publish(log, FIRST)
    ran = publish(log, SECOND, "--dry-run")

    assert ran.code == 0
    assert "us-nd revision 2 beside revision 1: 2 rules differ." in ran.out
    assert f"Rule a version 1 ends: its last day is {ENDED.ends}." in ran.out
    assert "no longer The institution is accredited." in ran.out
    assert 'now       Its organization is "Care".' in ran.out
    assert "Not published." in ran.out
    assert len(events(log)) == 1


def test_the_next_revision_is_published(log: Path) -> None:
    publish(log, FIRST)

    assert publish(log, SECOND).code == 0
    assert [body["text"] for body in events(log)] == [FIRST, SECOND]


def test_what_changes_days_that_are_over_is_said(log: Path) -> None:
    publish(log, FIRST)
    early = policy_text(Draft("b", begins="2025-01-01", when=""), Draft(), revision=2)
    ran = publish(log, early.replace("accredited = true", 'organization = "B"'))
    allowed = publish(log, policy_text(Draft("b", when='organization = "B"'), Draft(), revision=2))

    assert ran.code == 1  # Another content of a published version.
    assert allowed.code == 0
    assert "Rule b version 1 changes answers about days that are over" in allowed.out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (policy_text(Draft(when='organization = "B"'), revision=2), "with other content (when)"),
        (policy_text(Draft("b"), revision=2), "was published and holds since 2024-07-01"),
        (policy_text(Draft(ends="2025-01-01"), revision=2), "until: is 2025-01-01, and days"),
        (policy_text(Draft("b")), "write revision = 2"),
        (FIRST.replace("FULL", "MAYBE"), "effect.outcome"),
        ("registry = [", "us-nd.toml"),
    ],
)
def test_what_is_refused_says_why_and_what_to_do_and_nothing_is_sent(
    log: Path, text: str, expected: str
) -> None:
    publish(log, FIRST)
    ran = publish(log, text)

    assert ran.code == 1
    assert ran.out == ""
    assert expected in ran.err
    assert "fix" in ran.err
    assert len(events(log)) == 1


def test_a_reference_file_is_no_way_around(log: Path) -> None:
    publish(log, FIRST)
    changed = written(log, policy_text(Draft(when='organization = "B"'), revision=2))
    ran = hub("reference", "publish", changed, "--log", f"sqlite:///{log}")
    allowed = hub("reference", "publish", written(log, SECOND), "--log", f"sqlite:///{log}")

    assert (ran.code, allowed.code) == (1, 0)
    assert "rule a version 1: was published with other content (when)" in ran.err
    assert [body["text"] for body in events(log)] == [FIRST, SECOND]


def test_a_refusal_names_the_line_of_the_file(log: Path) -> None:
    publish(log, FIRST)
    ran = publish(log, policy_text(Draft(when='organization = "B"'), revision=2))

    assert re.search(r"us-nd\.toml:\d+:\d+: rule a version 1: was published with", ran.err)


@pytest.mark.parametrize("staff", ["Ann Lee", "a@example.org", ""])
def test_who_adopted_it_is_a_code(log: Path, staff: str) -> None:
    ran = run(log, "publish", written(log, FIRST), "--adopted-by", staff)

    assert (ran.code, events(log)) == (2, [])
    assert staff == "" or staff not in ran.err


def test_a_dry_run_on_a_log_without_any_reference_says_that_all_is_new(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    asyncio.run(SqliteEventLog(path).close())

    assert publish(path, FIRST, "--dry-run").code == 0
    assert run(path, "show", "--registry", "us-nd").code == 1


def test_a_file_that_is_not_there_is_named(log: Path) -> None:
    ran = run(log, "publish", log.parent / "absent.toml", "--adopted-by", "S-1")

    assert ran.code == 1
    assert "absent.toml was not read" in ran.err


def test_publishing_as_json_tells_each_change(log: Path) -> None:
    publish(log, FIRST)
    document = json.loads(publish(log, SECOND, "--json", "-").out)

    assert (document["against"], document["new"], document["sent"]) == (1, True, True)
    assert [each["what"] for each in document["changes"]] == ["ended", "new_version"]


def test_a_registry_answers_and_the_policy_shows_it(log: Path) -> None:
    publish(log, FIRST)
    words = ("answer", "refused", "--registry", "us-nd", "--revision", "1", "--reason", "not_ours")
    first = run(log, *words, "--staff", "S-9")
    again = run(log, *words, "--staff", "S-9")
    shown = run(log, "show", "--registry", "us-nd").out
    back = run(log, *words, "--staff", "S-9", "--withdraw")

    assert first.out == "us-nd revision 1: refused, said by us-nd.\n"
    assert again.out == "us-nd revision 1: refused, already said by us-nd.\n"
    assert "North Dakota's registry refuses this policy: reason not_ours, staff S-9," in shown
    assert back.out == "us-nd revision 1: refused taken back, said by us-nd.\n"
    assert "registry says of it: nothing yet." in run(log, "show", "--registry", "us-nd").out
    assert [body["answer"] for body in events(log, events_topic("us-nd"))] == ["REFUSED"] * 2


def test_a_store_shows_what_stands_in_it(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.append()
    path = tmp_path / "us-nv.toml"
    path.write_text(policy_text(Draft(), registry="us-nv"), "utf-8")
    words = ("answer", "refused", "--registry", "us-nv", "--revision", "1", "--reason", "not_ours")
    installation.hub("policy", "publish", path, "--adopted-by", "S-1")
    installation.fold()
    before = installation.hub(
        "policy", "show", "--registry", "us-nv", "--store", store_of(tmp_path)
    )
    installation.hub("policy", *words, "--staff", "S-9")
    installation.fold()
    after = hub("policy", "show", "--registry", "us-nv", "--store", store_of(tmp_path))
    absent = hub("policy", "show", "--registry", "us-wi", "--store", store_of(tmp_path))

    assert "Revision 1, adopted by staff S-1, read from a store. 1 of 1 rule is in" in before.out
    assert "Nevada's registry says of it: nothing yet." in before.out
    assert "Nevada's registry refuses this policy: reason not_ours, staff S-9," in after.out
    assert (absent.code, absent.out) == (1, "")
    assert "no policy of us-wi stands in this store" in absent.err


def store_of(folder: Path) -> str:
    return Installation(folder).urls["store"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("maybe", "--registry", "us-nd", "--revision", "1", "--reason", "r"), 2),
        (("refused", "--registry", "Dakota", "--revision", "1", "--reason", "r"), 2),
        (("refused", "--registry", "us-nd", "--revision", "1", "--reason", "not ours"), 2),
        (("refused", "--registry", "us-nd", "--revision", "0", "--reason", "r"), 2),
        (("refused", "--registry", "us-nd", "--revision", "2", "--reason", "r"), 1),
        (("refused", "--registry", "us-oh", "--revision", "1", "--reason", "r"), 1),
    ],
)
def test_an_answer_that_is_off_is_refused(log: Path, words: tuple[str, ...], code: int) -> None:
    publish(log, FIRST)
    ran = run(log, "answer", *words, "--staff", "S-9")

    assert (ran.code, ran.out) == (code, "")
    assert events(log, events_topic("us-nd")) == []


def test_a_file_is_shown_in_plain_sentences_without_a_log(log: Path) -> None:
    path = written(log, policy_text(Draft(), Draft("b", begins="2999-01-01", when="")))
    ran = hub("policy", "show", path)

    assert ran.code == 0
    assert "What North Dakota (us-nd) accepts of other registries' records" in ran.out
    assert "The institution is accredited." in ran.out
    assert "2 ● Accepted in full (not yet in force)" in ran.out
    assert all(len(line) <= 80 for line in ran.out.splitlines() if "https://" not in line)


def test_two_files_or_revisions_are_compared(log: Path) -> None:
    publish(log, FIRST)
    publish(log, SECOND)
    old, new = written(log, FIRST, "old.toml"), written(log, SECOND, "new.toml")

    of_files = hub("policy", "show", new, "--against", str(old)).out
    of_log = run(log, "show", "--registry", "us-nd", "--against", "1").out
    of_both = run(log, "show", new, "--against", "1").out

    assert "us-nd revision 2 beside revision 1: 2 rules differ." in of_files
    assert of_files == of_log == of_both


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        ((), 2, "nothing to show"),
        (("us-nd.toml", "--registry", "us-nd"), 2, "or two things"),
        (("--registry", "us-oh"), 1, "no policy of us-oh stands on this log"),
        (("--registry", "us-nd", "--against", "9"), 1, "name a file, or one of: 1"),
        (("--registry", "us-nd", "--against", "other.toml"), 1, "one policy is of us-nd"),
        (("--registry", "us-nd", "--against", "1", "--html", "x"), 2, "a difference has no page"),
        (("--registry", "us-nd", "--html", "absent/x.html"), 1, "was not written"),
    ],
)
def test_what_cannot_be_shown_is_said(
    log: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    code: int,
    expected: str,
) -> None:
    publish(log, FIRST)
    written(log, policy_text(Draft(), registry="us-oh"), "other.toml")
    monkeypatch.chdir(log.parent)
    ran = run(log, "show", *words)

    assert ran.code == code
    assert expected in ran.err


def test_the_page_is_one_file_that_runs_nothing_and_loads_nothing(log: Path) -> None:
    note = 'note = "<script>alert(1)</script>"'
    made_up = Draft("b", source="illustrative = true", when='organization = "A & B"', more=note)
    publish(log, policy_text(made_up, Draft()))
    words = ("--registry", "us-nd", "--revision", "1", "--reason", "not_ours", "--staff", "S-9")
    run(log, "answer", "refused", *words)
    page = log.parent / "us-nd.html"
    ran = run(log, "show", "--registry", "us-nd", "--html", page)
    html = page.read_text("utf-8")

    assert (ran.code, ran.out) == (0, "")
    assert html.startswith("<!doctype html>\n<html lang")
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="(?!#|https://example\.org/")', html)
    assert "&lt;script&gt;" in html
    assert "Its organization is &#34;A &amp; B&#34;." in html
    assert "North Dakota's registry refuses this policy." in unescape(html)
    assert "1 rule here is made up, to show how policies work" in html
    assert "from Jul 1, 2024, no end" in html
    assert html.count("<h1>") == 1


def test_a_policy_as_json_holds_its_rules_and_its_answer(log: Path) -> None:
    publish(log, FIRST)
    document = json.loads(run(log, "show", "--registry", "us-nd", "--json", "-").out)

    assert (document["revision"], document["adopted_by"]) == (1, "S-1")
    assert (document["answer"], document["answer_why"]) == (None, "nothing yet")
    (rule,) = document["rules"]
    assert rule["when"] == ["Its own registry verified it.", "The institution is accredited."]
