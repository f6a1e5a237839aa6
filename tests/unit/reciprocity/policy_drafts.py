"""Policies made by hand for tests of words and differences: a rule in a line, and any revision."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hub.reciprocity.model import PolicyTable
from hub.reciprocity.policy_words import read_tables


@dataclass(frozen=True)
class Draft:
    """One rule; conditions and effect as the file writes them."""

    id: str = "a"
    version: int = 1
    kind: str = "training"
    begins: str = "2024-07-01"
    ends: str | None = None
    when: str = "accredited = true"
    effect: str = 'outcome = "FULL"'
    source: str = 'citation = "https://example.org/"'
    more: str = ""

    def text(self) -> str:
        lines = ["[[rule]]", f'id = "{self.id}"', f"version = {self.version}"]
        lines += [f'kind = "{self.kind}"', f"from = {self.begins}"]
        lines += [f"until = {self.ends}"] if self.ends else []
        lines += [self.source, self.more, "[rule.when]", self.when, "[rule.effect]", self.effect]
        return "\n".join(lines)

    def but(self, **changes: str | int | None) -> Draft:
        return replace(self, **changes)  # type: ignore[arg-type]


def policy_text(*rules: Draft, revision: int = 1, registry: str = "us-nd", groups: str = "") -> str:
    head = f'registry = "{registry}"\nrevision = {revision}\n{groups}\n'
    return head + "\n".join(rule.text() for rule in rules) + "\n"


def table_of(*rules: Draft, revision: int = 1, groups: str = "") -> PolicyTable:
    return read_tables(policy_text(*rules, revision=revision, groups=groups))
