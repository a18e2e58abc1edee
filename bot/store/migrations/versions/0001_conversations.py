"""Conversations, as the first terminal kept them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Adds the table, unless a terminal from before there were revisions has made it."""
    if sa.inspect(op.get_bind()).has_table("conversation"):
        return
    op.create_table(
        "conversation",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
