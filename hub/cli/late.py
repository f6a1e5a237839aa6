"""Late changes of a demo: one statement at a time, as registries' corrections trickle in.

A completion of the sample is stated again with a later stamp: taken back, or put back as it was.
It goes through the same edge as everything else.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace

from hub.domain.events import EVENT_NAMESPACE, Change, Kind
from hub.domain.statements import Statement, Submission

SEED = 7


def late_changes(submissions: Mapping[str, Submission]) -> Iterator[Submission]:
    """Submissions of one statement each, without end."""
    chance = random.Random(SEED)
    standing: dict[tuple[str, str], Statement] = {}
    for code, submission in submissions.items():
        for statement in submission.statements:
            if statement.kind is Kind.TRAINING_COMPLETION:
                key = (code, statement.record_id)
                if key not in standing or statement.revision > standing[key].revision:
                    standing[key] = statement
    keys = sorted(key for key, each in standing.items() if each.change is Change.STATED)
    while keys:
        code, record_id = key = chance.choice(keys)
        statement = standing[key]
        change = Change.REVERSED if statement.change is Change.STATED else Change.STATED
        revision = max(statement.revision + 1, time.time_ns() // 1_000)
        standing[key] = replace(statement, change=change, revision=revision)
        digest = f"late|{code}|{record_id}|{revision}"
        yield replace(
            submissions[code],
            submission_id=str(uuid.uuid5(EVENT_NAMESPACE, digest)),
            files=(),
            statements=(standing[key],),
        )
