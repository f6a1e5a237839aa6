"""The edge's encoder alone: evidence for every good row, and no value of an identity anywhere."""

from __future__ import annotations

import base64
import csv
import io
from datetime import date
from pathlib import Path

from hub.adapters.token_key import new_token_key, read_token_key
from hub.domain.statements import IdentityFields
from hub.identity.evidence import evidence_of, unpack
from tests.unit.cli.hub_command import hub

HEADER = "registry,person_id,given_name,surname,birth_date,ssn,withheld\n"
PLANTED = "Plantedgiven,Plantedsurname,1987-06-05,900654321"


def people(folder: Path, *rows: str) -> Path:
    path = folder / "people.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), "utf-8")
    return path


def keys(folder: Path) -> list[Path]:
    paths = [folder / f"{epoch}.key" for epoch in (1, 2)]
    for epoch, path in enumerate(paths, 1):
        new_token_key(path, epoch)
    return paths


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_each_person_is_encoded_as_a_profile_would_be(tmp_path: Path) -> None:
    file, (old, new) = people(tmp_path, f"us-oh,P1,{PLANTED},"), keys(tmp_path)
    ran = hub("encode", file, "--token-key", old, "--token-key", new, "--synthetic")
    (row,) = rows_of(ran.out)
    who = IdentityFields(
        given_name="Plantedgiven",
        surname="Plantedsurname",
        birth_on=date(1987, 6, 5),
        ssn="900654321",
    )
    expected = evidence_of(who, [read_token_key(new), read_token_key(old)], synthetic=True)

    assert ran.code == 0
    assert list(row) == ["registry", "person_id", "epochs", "evidence"]
    assert (row["registry"], row["person_id"], row["epochs"]) == ("us-oh", "P1", "2 1")
    assert base64.b64decode(row["evidence"]) == expected


def test_no_value_of_an_identity_is_shown(tmp_path: Path) -> None:
    file = people(tmp_path, f"us-oh,P1,{PLANTED},", f"us-oh,P2,{PLANTED},perhaps", PLANTED)
    ran = hub("encode", file, "--token-key", keys(tmp_path)[0])

    assert ran.code == 1
    for value in PLANTED.split(","):
        assert value not in ran.out + ran.err


def test_bad_rows_are_told_and_the_good_ones_are_encoded(tmp_path: Path) -> None:
    file = people(tmp_path, f"us-oh,P1,{PLANTED},", "us-oh,,A,B,,,", "us-oh,P3,A,B,1990-13-01,,")
    ran = hub("encode", file, "--token-key", keys(tmp_path)[0])

    assert ran.code == 1
    assert [row["person_id"] for row in rows_of(ran.out)] == ["P1"]
    assert "people.csv: line 3, person_id: the id is missing" in ran.err
    assert "people.csv: line 4, birth_date: not a calendar date" in ran.err
    assert "1 person, 2 rejected rows" in ran.err


def test_many_bad_rows_are_counted(tmp_path: Path) -> None:
    ran = hub("encode", people(tmp_path, *["us-oh,,,,,,"] * 50), "--token-key", keys(tmp_path)[0])

    assert ran.err.count("the id is missing") == 20
    assert "and 30 more rejected rows" in ran.err
    assert ran.out == "registry,person_id,epochs,evidence\n"


def test_a_withheld_person_has_no_evidence(tmp_path: Path) -> None:
    file = people(tmp_path, f"us-oh,P1,{PLANTED},yes", f"us-oh,P2,{PLANTED},no")
    ran = hub("encode", file, "--token-key", keys(tmp_path)[0], "--synthetic")
    withheld, other = rows_of(ran.out)

    assert (withheld["epochs"], withheld["evidence"]) == ("", "")
    assert other["epochs"] == "1"
    assert unpack(base64.b64decode(other["evidence"]))


def test_never_issued_numbers_count_in_made_up_data_alone(tmp_path: Path) -> None:
    file, key = people(tmp_path, f"us-oh,P1,{PLANTED},"), keys(tmp_path)[0]
    real, synthetic = (
        rows_of(hub("encode", file, "--token-key", key, *words).out)[0]["evidence"]
        for words in ((), ("--synthetic",))
    )

    assert len(real) < len(synthetic)


def test_without_a_key_it_is_told_how_to_get_one(tmp_path: Path) -> None:
    ran = hub("encode", people(tmp_path, f"us-oh,P1,{PLANTED},"))

    assert ran.code == 2
    assert "hub token-key new" in ran.err


def test_the_keys_may_come_from_the_setting(tmp_path: Path) -> None:
    old, new = keys(tmp_path)
    file = people(tmp_path, f"us-oh,P1,{PLANTED},")
    ran = hub("encode", file, HUB_TOKEN_KEY=f"{old}:{new}")

    assert [row["epochs"] for row in rows_of(ran.out)] == ["2 1"]


def test_a_file_of_another_form_is_refused_whole(tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("Plantedgiven,Plantedsurname\nus-oh,P1\n")
    ran = hub("encode", file, "--token-key", keys(tmp_path)[0])

    assert ran.code == 1
    assert ran.out == ""
    assert "Planted" not in ran.err
