"""What the attacker holds: every person's evidence, opened, and the sealed sex and birth year.

This is all that a hub has of a person's identity once its keyring opens the seals. Accounts are
numbered; names and token key are not here. The truth is kept apart, to count what was named.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np

from benchmarks.attack.names import COHORTS, SEXES, Ints
from benchmarks.population import Record
from hub.domain.statements import IdentityFields
from hub.identity.evidence import evidence_of, unpack
from hub.identity.normalize import given_form, surname_forms
from hub.identity.tokens import Label, TokenKey, label_of

OF_BIRTH = tuple(label for label in Label if label.name.endswith("BIRTH"))
"""Labels whose holders share the birth date, day and month in either order."""


class Column(NamedTuple):
    """Who holds which token of one label; tokens are numbered from 0."""

    person: Ints
    token: Ints
    tokens: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """One entry an account."""

    people: int
    sex: Ints
    """Index in SEXES; their number where nothing is stated."""
    year: Ints
    """Birth year; 0 where none is stated."""
    cohort: Ints
    """Index in COHORTS; their number where no year is stated."""
    bucket: Ints
    """Rarity; -1 without evidence."""
    columns: Mapping[Label, Column]
    being: Ints
    """Accounts of one human as far as tokens tell: those that share a number or a whole name and
    birth date have one value."""


class Known(NamedTuple):
    """A person whom the attacker knows."""

    person: int
    given: str
    surname: str
    birth_on: date | None


class Truth(NamedTuple):
    """What the attacker wants: forms of the stated names, and the birth date."""

    human: int
    given: str
    surname: str
    birth_on: date | None


def holdings_of(records: Sequence[Record], key: TokenKey) -> Holdings:
    """What a hub holds when these persons have been sent."""
    bucket = np.full(len(records), -1)
    macs = {label: array("Q") for label in Label}
    holders = {label: array("q") for label in Label}
    for at, record in enumerate(records):
        for block in unpack(evidence_of(record.identity, [key], synthetic=True))[:1]:
            bucket[at] = block.rarity
            for token in block.tokens:
                label = Label(label_of(token))
                macs[label].append(int.from_bytes(token[1:], "big"))
                holders[label].append(at)
    columns = {label: _column(holders[label], macs[label]) for label in Label if macs[label]}
    born = [record.identity.birth_on for record in records]
    year = np.array([each.year if each and each.year > 1901 else 0 for each in born])
    cohort = np.clip((year - COHORTS[0]) // 5, 0, len(COHORTS) - 1)
    return Holdings(
        len(records),
        np.array([_sex(record.identity) for record in records]),
        year,
        np.where(year, cohort, len(COHORTS)),
        bucket,
        columns,
        joined(len(records), (columns.get(label) for label in (Label.SSN9, Label.NAME_BIRTH))),
    )


def truth_of(records: Sequence[Record]) -> list[Truth]:
    """Who the accounts' persons are, in the same order."""
    return [Truth(each.human, *_names(each.identity), each.identity.birth_on) for each in records]


def known_of(truth: Sequence[Truth], which: Iterable[int]) -> list[Known]:
    """Names and birth dates of some accounts."""
    return [Known(at, truth[at].given, truth[at].surname, truth[at].birth_on) for at in which]


def _names(identity: IdentityFields) -> tuple[str, str]:
    return given_form(identity.given_name) or "", next(iter(surname_forms(identity.surname)), "")


def _sex(identity: IdentityFields) -> int:
    return SEXES.index(identity.sex) if identity.sex in SEXES else len(SEXES)


def _column(holders: array[int], macs: array[int]) -> Column:
    found, token = np.unique(np.frombuffer(macs, np.uint64), return_inverse=True)
    return Column(np.frombuffer(holders, np.int64), token.astype(np.int64), len(found))


def joined(people: int, columns: Iterable[Column | None]) -> Ints:
    """The smallest account of all those that tokens of these columns join, whatever the chain."""
    held = [column for column in columns if column is not None]
    lowest = np.arange(people)
    while True:
        before = lowest.copy()
        for person, token, tokens in held:
            of_token = np.full(tokens, people)
            np.minimum.at(of_token, token, lowest[person])
            np.minimum.at(lowest, person, of_token[token])
        lowest = lowest[lowest]
        if (lowest == before).all():
            return lowest
