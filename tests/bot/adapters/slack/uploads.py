"""Files on their way into Slack: an address for each, its bytes, and then whom it is for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bot.adapters.slack.payloads import message
from tests.bot.adapters.slack.rules import Json, RefusedError
from tests.bot.adapters.slack.shown import Channel, identity
from tests.bot.adapters.slack.tokens import Token

if TYPE_CHECKING:
    from tests.bot.adapters.slack.server import SlackApi

ALT_MOST = 1000
SIZE_MOST = 1 << 30


@dataclass(slots=True)
class Upload:
    """A file: who sends it, what it is called, how long it is to be, its bytes once they are there."""

    id: str
    token: str
    name: str
    length: int
    alt: str = ""
    media: str = ""
    content: bytes | None = None
    title: str = ""
    shared: bool = False

    def json(self) -> Json:
        """The file as a message tells it."""
        return {"id": self.id, "name": self.name, "title": self.title, "size": self.length}


class Uploads:
    """All files of a Slack."""

    def __init__(self, api: SlackApi) -> None:
        self.api = api
        self.known: dict[str, Upload] = {}

    def given(self, token: Token, asked: Json) -> Json:
        """files.getUploadURLExternal: an address that takes the bytes."""
        name, alt, kind = (str(asked.get(key) or "") for key in ("filename", "alt_txt", "snippet_type"))
        length = str(asked["length"])
        faults = []
        if "/" in name or len(name) > 255:
            faults.append("filename is no file's name")
        if not length.isdecimal() or not 0 < int(length) <= SIZE_MOST:
            faults.append("length is no size of a file")
        if len(alt) > ALT_MOST:
            faults.append(f"alt_txt has more than {ALT_MOST} characters")
        if kind and alt:
            faults.append("a snippet has no alt_txt")
        if faults:
            raise RefusedError("invalid_arguments", *faults)
        upload = Upload(identity("F"), token.value, name, int(length), alt)
        self.known[upload.id] = upload
        return {"upload_url": f"{self.api.root}/upload/v1/{upload.id}", "file_id": upload.id}

    def taken(self, ticket: str, media: str, content: bytes) -> tuple[int, str]:
        """Takes the bytes; returns a status and what is said."""
        upload = self.known.get(ticket)
        if upload is None or upload.shared:
            return 404, "no such upload"
        if len(content) != upload.length:
            return 400, f"{upload.length} bytes were to come, and {len(content)} did"
        upload.content, upload.media = content, media
        return 200, f"OK - {upload.length}"

    def completed(self, token: Token, asked: Json, channel: Channel | None) -> Json:
        """files.completeUploadExternal: hands the files over, all of them in one message."""
        try:
            files = asked["files"] if isinstance(asked["files"], list) else json.loads(asked["files"])
            wanted = [(str(each["id"]), str(each.get("title") or "")) for each in files]
            strange = {key for each in files for key in each} - {"id", "title", "highlight_type"}
        except (ValueError, TypeError, KeyError, AttributeError):
            raise RefusedError("invalid_arguments", "files is no array of files") from None
        if strange or not wanted:
            raise RefusedError("invalid_arguments", "files is no array of files")
        found = []
        for file_id, title in wanted:
            upload = self.known.get(file_id)
            if upload is None or upload.token != token.value or upload.content is None or upload.shared:
                raise RefusedError("file_not_found")
            upload.title = title or upload.name
            found.append(upload)
        for upload in found:
            upload.shared = True
        told = [upload.json() for upload in found]
        if channel:
            shown = self.api.keep(channel, "", [])
            shown.files = told
            self.api.echo(channel, message(shown, channel))
        return {"files": told}
