"""What is needed to list, show and try again the events that were not applied."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The topic's name says whose events it holds. When an event was received stands on the log
    alone: rows that are there already say 0 until they are rebuilt."""
    with op.batch_alter_table("rejected") as table:
        table.add_column(sa.Column("registry", sa.Text(), nullable=True))
        table.add_column(
            sa.Column("received_ms", sa.BigInteger(), nullable=False, server_default="0")
        )
    op.execute(
        "UPDATE rejected SET registry = replace(replace(topic, 'registry.', ''), '.events', '')"
        " WHERE topic LIKE 'registry.%.events'"
    )
    with op.batch_alter_table("rejected") as table:
        table.alter_column("received_ms", server_default=None)
    op.create_index("rejected_by_rule", "rejected", ["registry", "reason"], unique=False)
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "redrive",
        sa.Column("seq", number, autoincrement=True, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("log_offset", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("fold_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index(
        "redrive_by_place", "redrive", ["topic", "partition", "log_offset"], unique=False
    )
