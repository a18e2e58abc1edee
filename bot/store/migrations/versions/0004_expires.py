"""When a conversation is erased."""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

DAYS = 90


def upgrade() -> None:
    """Adds the column and gives each conversation there is its time, whenever it was last heard of."""
    op.add_column("conversation", sa.Column("expires", sa.Double))
    conversation = sa.table("conversation", sa.column("expires", sa.Double))
    op.execute(conversation.update().values(expires=time.time() + DAYS * 86_400.0))
    op.create_index("conversation_expires", "conversation", ["expires"])
