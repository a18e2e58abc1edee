"""What is kept, sealed: nobody reads it without a key, and none of it opens where it doesn't belong."""

from __future__ import annotations

import os
import secrets
from binascii import a2b_base64, b2a_base64
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.store.errors import StoreError

MARK = "~1"
"""What a sealed text begins with. No JSON does: that is how it is known what stands in the clear."""

_ID = 6
"""Bytes of a key's name, which says nothing of the key; 8 characters where it stands in a sealed text."""

PREFIX = len(MARK) + 8
"""Characters that tell which key sealed a text."""

_NONCE = 12
"""Bytes that are different each time. They are drawn by chance, so one key should seal no more than 2**32
texts (NIST SP 800-38D, 8.3): some hundred million turns."""


class UnopenedError(StoreError):
    """Something that is kept can't be opened. It stays as it is; its text says what to do, and of nobody."""


class Keys:
    """The keys in `SECRET_KEY`, divided by commas: the first one seals, each opens.

    Raises ValueError where there is none.
    """

    def __init__(self, secret: str) -> None:
        given = [_derived(each) for each in secrets_in(secret)]
        if not given:
            raise ValueError("SECRET_KEY is missing: without it nothing can be kept")
        self._name, self._first = given[0]
        self._by_name = dict(given)

    @property
    def prefix(self) -> str:
        """What a text begins with that the first key has sealed."""
        return MARK + self._name

    def knows(self, prefix: str) -> bool:
        """Whether there is a key for a text that begins so; for one in the clear none is needed."""
        return not prefix.startswith(MARK) or prefix[len(MARK) : PREFIX] in self._by_name

    def seal(self, whose: str, text: str) -> str:
        """A text as it is kept; takes the conversation that it is of. Nothing stays nothing."""
        if not text:
            return text
        nonce = os.urandom(_NONCE)
        shut = self._first.encrypt(nonce, _raw(text), _raw(whose))
        return self.prefix + b2a_base64(nonce + shut, newline=False).decode("ascii")

    def open(self, whose: str, kept: str) -> str:
        """A text that was kept; one that an earlier version left in the clear is taken as it is.

        Takes the conversation that it is of. Raises `UnopenedError` where no key opens it.
        """
        if not kept.startswith(MARK):
            return kept
        key = self._by_name.get(kept[len(MARK) : PREFIX])
        if key is None:
            raise UnopenedError(
                "a row was sealed with a key that is not in SECRET_KEY (or the key file); it stays as it is:"
                " add that key to SECRET_KEY, after a comma, and start again"
            )
        try:
            raw = a2b_base64(kept[PREFIX:])
            return key.decrypt(raw[:_NONCE], raw[_NONCE:], _raw(whose)).decode("utf-8", "surrogatepass")
        except (InvalidTag, ValueError):
            raise UnopenedError(
                "a row is damaged, or was moved from another conversation; it stays as it is:"
                " bring it back from a backup, or delete it"
            ) from None


def secrets_in(secret: str) -> list[str]:
    """The keys that a `SECRET_KEY` holds: divided by commas, the first one for what is new."""
    return [each.strip() for each in secret.split(",") if each.strip()]


@cache
def passing() -> Keys:
    """A key of this process alone: what it seals, nobody reads after it."""
    return Keys(secrets.token_urlsafe(32))


def keys_of(secret: str) -> Keys:
    """The keys in a `SECRET_KEY`; where that is empty, the key of this process alone."""
    return Keys(secret) if secret else passing()


def _derived(secret: str) -> tuple[str, AESGCM]:
    """A key and its name, of one of those that the operator gave."""
    made = HKDF(SHA256(), 32 + _ID, None, b"whatif: what is kept").derive(secret.encode())
    return b2a_base64(made[32:], newline=False).decode("ascii"), AESGCM(made[:32])


def _raw(text: str) -> bytes:
    # Half a character may come from a platform, and a damaged byte from a disk: both are kept as they are.
    return text.encode("utf-8", "surrogatepass")
