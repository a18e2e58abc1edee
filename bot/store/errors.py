"""What can go wrong with a database."""

from __future__ import annotations


class StoreError(Exception):
    """The database can't be used; its text says which, why, and what to do. Nothing was changed.

    Takes also what the database itself gave as the reason, if it did.
    """

    def __init__(self, text: str, why: str = "") -> None:
        super().__init__(text)
        self.why = why
