"""Matches that know what was decided on them, and a new fold: what is folded begins again.

Bodies of matches are written with another schema, so what is folded and derived is not carried
over: the hub folds it again when it starts, and sends nothing that consumers have already.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_AGAIN = (
    "record",
    "link",
    "reference",
    "touch",
    "derive_lock",
    "match",
    "counter",
    "root",
    "outbox",
    "published",
    "claim",
    "identity_pair",
    "identity_answer",
    "identity_input",
    "identity_recorded",
    "rejected",
)


def upgrade() -> None:
    """Deliveries go on where they were; the lanes that fold begin again."""
    for name in _AGAIN:
        op.execute(f"DELETE FROM {name}")
    op.execute("DELETE FROM position WHERE lane <> 'sync'")
    op.execute("DELETE FROM note WHERE name = 'catching_up'")
    op.add_column("match", sa.Column("decided_ms", sa.BigInteger(), nullable=True))
    op.add_column("match", sa.Column("decided_days", sa.Integer(), nullable=True))
    op.create_index("match_by_receiver", "match", ["receiver", "registry", "kind", "record_id"])
    op.create_index(
        "match_decided",
        "match",
        ["receiver", "registry", "decided_ms"],
        sqlite_where=sa.text("decided_ms IS NOT NULL"),
        postgresql_where=sa.text("decided_ms IS NOT NULL"),
    )
    op.create_index(
        "record_said",
        "record",
        ["kind", "registry", "person_id"],
        sqlite_where=sa.text("kind >= 20"),
        postgresql_where=sa.text("kind >= 20"),
    )
    op.create_index(
        "record_decisions",
        "record",
        ["record_id"],
        sqlite_where=sa.text("kind = 23"),
        postgresql_where=sa.text("kind = 23"),
    )
