"""`hub identity reviews`, `duplicates`, `sample`, `shadow` and `exposure`, as typed."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from hub.adapters.keyring import open_keyring
from hub.adapters.sqlite_log import SqliteEventLog
from hub.domain.log import Message
from hub.domain.rows import Person
from hub.identity.model import model_text
from hub.identity.tokens import Token
from tests.unit.cli.operations_hub import Installation
from tests.unit.identity.small_model import last4_token, number_token, small_model
from tests.unit.lanes.lane_events import identity_model, policy, profile, training
from tests.unit.lanes.review_hub import answered, both_ways, never, person
from tests.unit.lanes.test_lanes_derive import policy_text

AT_MS = 1_782_864_000_000
"""The first of July of 2026."""
OPEN = (person("wi", "P1"), person("nv", "N1"))
LINKED = (person("wi", "P2"), person("nv", "N2"))
DOUBLE = (person("wi", "P3"), person("wi", "P4"))


class InJuly(Installation):
    """Whose log takes everything on one day."""

    def log(self, at_ms: int | None = None) -> SqliteEventLog:
        return super().log(at_ms or AT_MS)


@pytest.fixture
def installed(tmp_path: Path) -> Installation:
    """One open review, one link and one pair of accounts, under agreements."""
    installation = InJuly(tmp_path)
    installation.append([identity_model(small_model())], AT_MS)
    installation.fold()
    keyring = open_keyring(installation.urls["keyring"])

    def profiled(each: Person, *tokens: Token) -> Message:
        return profile(keyring, each, sorted(tokens))  # type: ignore[arg-type]

    messages = [
        policy("us-nv", policy_text("us-nv", 1)),
        *both_ways("wi", "nv"),
        *(profiled(each, number_token(n), last4_token(5)) for n, each in enumerate(OPEN, 1)),
        *(profiled(each, number_token(70)) for each in LINKED),
        *(profiled(each, number_token(80)) for each in DOUBLE),
        training("R1", person_id="P2"),
    ]
    keyring.close()
    installation.append(messages, AT_MS)
    installation.fold()
    return installation


def test_reviews_are_listed_as_the_registry_sees_them(installed: Installation) -> None:
    contacts = installed.folder / "contacts.toml"
    contacts.write_text('[contacts]\nus-nv = "office@example.gov"\n', "utf-8")

    words = ("identity", "reviews", "--registry", "us-wi", "--as-of", "2026-07-02")
    ran = installed.hub(*words, HUB_CONTACTS=str(contacts))
    cells = installed.hub(*words, "--csv", "-", HUB_CONTACTS=str(contacts)).out
    (row,) = csv.DictReader(io.StringIO(cells))

    assert ran.code == 0
    assert "1 open review of us-wi; 1 shown to both registries." in ran.out
    assert "us-wi/P1    us-nv/N1      absent  agrees  differs  review   2026-08-30" in ran.out
    assert all(len(line) <= 100 for line in ran.out.splitlines())
    assert (row["person_id"], row["other_person_id"], row["number"]) == ("P1", "N1", "differs")
    assert row["contact"] == "office@example.gov"


def test_reviews_as_json_count_every_list_and_name_why_there_is_no_contact(
    installed: Installation,
) -> None:
    document = installed.json("identity", "reviews", "--as-of", "2026-10-01")

    counts = ("open", "shown", "waiting", "unshared", "expired")
    assert [document[name] for name in counts] == [1, 0, 0, 0, 1]
    assert [each["registry"] for each in document["expired_reviews"]] == ["us-nv", "us-wi"]
    assert document["expired_reviews"][0]["contact"] is None
    assert document["expired_reviews"][0]["contact_why"] == "not set in HUB_CONTACTS"


def test_a_weekly_bound_of_none_shows_nothing(installed: Installation) -> None:
    ran = installed.hub(
        "identity", "reviews", "--as-of", "2026-07-02", "--json", "-", HUB_REVIEWS_WEEKLY="0"
    )

    document = json.loads(ran.out)
    assert (document["shown"], document["waiting"]) == (0, 1)


def test_a_bound_that_is_no_number_is_wrong_usage(installed: Installation) -> None:
    ran = installed.hub("identity", "reviews", HUB_REVIEWS_WEEKLY="many")

    assert ran.code == 2
    assert "HUB_REVIEWS_WEEKLY" in ran.err


def test_sending_puts_a_question_into_both_inboxes(installed: Installation) -> None:
    ran = installed.hub("identity", "reviews", "--as-of", "2026-07-02", "--send")
    again = installed.hub("identity", "reviews", "--as-of", "2026-07-02", "--send")
    installed.fold()

    assert (ran.code, again.code) == (0, 0)
    assert "Sent: each question is in its registry's inbox" in ran.out
    document = installed.json("identity", "reviews", "--as-of", "2026-07-10")
    assert {each["week"] for each in document["reviews"]} == {"2026-W27"}


def test_duplicates_name_accounts_of_one_registry(installed: Installation) -> None:
    ran = installed.hub("identity", "duplicates", "--registry", "us-wi", "--send")

    assert ran.code == 0
    assert "1 pair of accounts seems to be one human in us-wi." in ran.out
    assert "P3       P4" in ran.out
    assert "No record is merged." in ran.out


def test_a_month_is_sampled_when_it_is_over(installed: Installation) -> None:
    early = installed.hub("identity", "sample", "--month", "2026-07", "--as-of", "2026-07-31")
    wrong = installed.hub("identity", "sample", "--month", "july")
    ran = installed.hub("identity", "sample", "--month", "2026-07", "--as-of", "2026-08-01")

    assert (early.code, wrong.code, ran.code) == (1, 2, 0)
    assert "2026-07 is not over" in early.err
    assert "Sample of 2026-07: 1 link of 1." in ran.out
    assert "Wrong links: not sampled yet." in ran.out


def test_the_live_error_stands_beside_the_count_of_people(installed: Installation) -> None:
    before = installed.hub("summary")
    installed.hub("identity", "sample", "--month", "2026-07", "--as-of", "2026-08-01", "--send")
    installed.append([answered("nv", *LINKED, "DIFFERENT", sample="2026-07")], AT_MS)
    installed.fold()
    after = installed.hub("summary")
    error = installed.json("summary")["national"]["live_error"]

    assert "People: 6 summed over registries, 4 distinct, 3 if every open review" in before.out
    assert "Wrong links: not sampled yet." in before.out
    assert "Wrong links: 1 of 1 of those answered in the sample of 2026-07" in after.out
    assert (error["month"], error["counted"], error["wrong"]) == ("2026-07", 1, 1)


def test_a_shadow_says_which_links_would_vanish(installed: Installation) -> None:
    file = installed.folder / "strict.json"
    file.write_text(model_text(small_model("strict", link_at=50.0, review_at=40.0)), "utf-8")

    ran = installed.hub("identity", "shadow", "--model", file)
    document = installed.json("identity", "shadow", "--model", file)

    assert ran.code == 0
    assert "strict instead of small: 0 links would appear, 2 would vanish." in ran.out
    assert "Nothing was changed." in ran.out
    assert document["by_registries"]["vanish"] == {"us-nv|us-wi": 1, "us-wi|us-wi": 1}
    assert document["first"]["vanish"][0] == [["us-nv", "N2"], ["us-wi", "P2"]]


def test_exposure_lists_what_went_through_an_undone_link(installed: Installation) -> None:
    words = ("identity", "exposure", "us-wi/P2", "us-nv/N2")
    linked = installed.hub(*words)
    installed.append([never(*LINKED)], AT_MS)
    installed.fold()

    ran = installed.hub(*words, "--send")
    document = installed.json(*words)

    assert linked.code == 1
    assert "still taken for one person" in linked.err
    assert ran.code == 0
    assert "us-nv/N2 and us-wi/P2: 3 records were received wrongly." in ran.out
    assert "us-nv/N2  training  us-wi/R1" in ran.out
    assert len(document["linked"][0]["received"]) == 3


def test_exposure_asks_for_two_persons_or_a_decision(installed: Installation) -> None:
    one = installed.hub("identity", "exposure", "us-wi/P2")
    both = installed.hub("identity", "exposure", "us-wi/P2", "us-nv/N2", "--decision", "3")

    assert (one.code, both.code) == (2, 2)
