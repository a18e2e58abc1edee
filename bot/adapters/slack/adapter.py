"""The adapter: what it hears, what it sends, and how it runs."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, Protocol

from aiohttp import ClientSession, ClientTimeout, TCPConnector, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack import home, incoming, outgoing
from bot.adapters.slack.incoming import COMMAND, FORM, SHORTCUT, Asked, Heard, Incoming, Refused
from bot.adapters.slack.install import STATE_KEPT, Installed, Workspaces
from bot.adapters.slack.setup import SCOPES, Own
from bot.attachments import AttachmentError, make
from bot.pace import Pace
from bot.settings import SlackSettings
from bot.store.seal import keys_of
from bot.turn import GoneError, TooFastError, UnsendableError
from dialogs import markup
from dialogs.events import Attachment, Event, Message

log = logging.getLogger(__name__)

PACE = Pace(chat=1.0, chat_burst=4, bot=0.0)
"""Slack takes a message a second in a channel and short bursts; a workspace as a whole has no limit."""

PATIENCE = 10.0
"""Seconds to wait for the Web API."""

CONNECTIONS = 64

HOMES = 10_000
"""People whose Home tab is kept up to date: they have opened it since this program runs."""

PING = 10.0
"""Seconds between two signs of life of a WebSocket."""

ERASED_AGAIN = 60.0
"""Seconds after which a workspace is erased once more: a turn may have been under way."""

_LATER = {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
_GONE = {
    "cannot_dm_bot",
    "channel_not_found",
    "is_archived",
    "messages_tab_disabled",
    "not_in_channel",
    "user_disabled",
    "user_not_found",
    "user_not_visible",
}
_TOKEN = {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"}
_UNCHANGEABLE = {"cant_update_message", "edit_window_closed", "message_not_found"}
_FORBIDDEN = {"missing_scope", "no_permission", "not_allowed_token_type"}
"""Errors of the Web API: try later, nobody there, the token isn't taken, a message stays as it is, the app
was installed without what it needs for files."""

ALT_MOST = 1000
"""Characters of a picture's description."""


class Accept(Protocol):
    """Takes an event, and returns once it is on the disk."""

    def __call__(self, conversation: str, event_id: str, event: Event, locale: str = "en") -> Awaitable[bool]:
        """Takes the conversation's id, the event's, the event, and the locale to begin in."""


class TokenRefusedError(Exception):
    """Slack doesn't take the token that the operator has set; what is to be sent waits for a better one."""


class _Admitted(AsyncAuthorize):
    """Lets Bolt pass everything on: whether a workspace has the app is asked of our own database later, and
    what Slack would say of the token is asked nobody, since an answer to Slack must not wait for Slack."""

    async def __call__(self, *, enterprise_id: str | None, team_id: str | None, **_: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)


class Slack:
    """An app on Slack.

    Takes its settings, its own words, the database's address, `PUBLIC_URL` ("" for Socket Mode),
    `SECRET_KEY`, and what counts what is refused. Raises ValueError where workspaces could install it
    and there is no key.
    """

    platform = "slack"
    pace = PACE

    def __init__(
        self,
        settings: SlackSettings,
        own: Own,
        database: str,
        *,
        public: str = "",
        secret: str = "",
        refused: Callable[[str], None] = lambda _: None,
        pace: Pace | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self.pace = pace or PACE
        self._settings = settings
        self._own = own
        self._public = public
        self._refused = refused
        self._patience = patience
        self._session: ClientSession | None = None
        self._aside: set[asyncio.Task[None]] = set()
        self._homes: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._library = _library_log()
        # Waiting after a 429 is the turn's: the library would hold the conversation's task meanwhile.
        self._client = AsyncWebClient(base_url=settings.api, logger=self._library, retry_handlers=[])
        self.workspaces: Workspaces
        self._flow: AsyncOAuthFlow | None = None
        if settings.bot_token:
            self.workspaces = Workspaces(database, settings.bot_token, keys_of(secret))
        else:
            installed = Installed(database, settings.client_id, settings.client_secret, secret, self._client)
            self.workspaces = installed
            self._flow = self._make_flow(installed)
        self.app = self._make_app()

    # How it runs.

    def routes(self, accept: Accept) -> Iterable[web.RouteDef]:
        """What Slack calls, where it signs; and what installs the app, where any workspace may."""

        async def events(request: web.Request) -> web.Response:
            self._open()
            try:
                bolt = await to_bolt_request(request)
            except (ValueError, KeyError, TypeError, AttributeError, LookupError, RecursionError):
                self._refused("body")
                return web.Response(status=400)
            return await to_aiohttp_response(await self._dispatch(bolt, accept))

        async def install(request: web.Request) -> web.Response:
            assert self._flow  # noqa: S101 - there is no such route without one
            self._open()
            return await to_aiohttp_response(
                await self._flow.handle_installation(await to_bolt_request(request))
            )

        async def redirect(request: web.Request) -> web.Response:
            assert self._flow  # noqa: S101 - there is no such route without one
            self._open()
            return await to_aiohttp_response(await self._flow.handle_callback(await to_bolt_request(request)))

        found = []
        # Without a secret anybody could sign.
        if self._public and self._settings.signing_secret:
            found.append(web.post("/slack/events", events))
        if self._public and self._flow:
            found += [web.get("/slack/install", install), web.get("/slack/oauth_redirect", redirect)]
        return found

    async def run(self, accept: Accept) -> None:
        """Holds a WebSocket open, or waits where Slack calls, until it is cancelled."""
        self._open()
        if self._public or not self._settings.app_token:
            await asyncio.Event().wait()
        client = SocketModeClient(self._settings.app_token, self._library, self._client, ping_interval=PING)

        async def handle(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
            began = time.time()
            bolt = AsyncBoltRequest(mode="socket_mode", body=request.payload, headers=build_headers(request))
            await send_async_response(client, request, await self._dispatch(bolt, accept), began)

        client.socket_mode_request_listeners.append(handle)
        try:
            client.wss_uri = await client.issue_new_wss_url()
            await client.connect()  # type: ignore[no-untyped-call]
            log.info("Slack: a WebSocket is open")
            await asyncio.Event().wait()
        except SlackApiError as error:
            log.error("Slack doesn't take this SLACK_APP_TOKEN (%s)", error.response.get("error"))
            raise
        finally:
            await client.close()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Lets go of all connections, once nothing is sent any more."""
        for task in self._aside:
            task.cancel()
        await asyncio.gather(*self._aside, return_exceptions=True)
        if self._session:
            await self._session.close()
        await self.workspaces.close()

    def _open(self) -> ClientSession:
        """The one session for all requests, opened by the loop that runs."""
        if self._session is None or self._session.closed:
            self._session = ClientSession(
                connector=TCPConnector(limit=CONNECTIONS), timeout=ClientTimeout(total=self._patience)
            )
            self._client.session = self._session
        return self._session

    # How what Slack sends gets to its listener.

    async def _dispatch(self, request: AsyncBoltRequest, accept: Accept) -> BoltResponse:
        request.context["accept"] = accept
        response = await self.app.async_dispatch(request)
        if response.status == 401:
            self._refused("signature")
        elif response.status == 404:
            self._refused("unhandled")
        return response

    def _make_app(self) -> AsyncApp:
        app = AsyncApp(
            name="whatif",
            logger=self._library,
            # Otherwise Bolt answers before the listener has run, and Slack never sends the event again.
            process_before_response=True,
            signing_secret=self._settings.signing_secret,
            client=self._client,
            authorize=_Admitted(),  # type: ignore[no-untyped-call]
            oauth_flow=self._flow,
            # Only the user's own messages are listened to, and whose token it is isn't asked.
            ignoring_self_events_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        app.action(re.compile(""))(self._pressed)
        app.event("message")(self._said)
        app.event("app_home_opened")(self._opened)
        app.event("app_uninstalled")(self._uninstalled)
        app.event("tokens_revoked")(self._revoked)
        app.event("team_access_revoked")(self._unshared)
        app.command(COMMAND)(self._commanded)
        app.message_shortcut(SHORTCUT)(self._shortcut)
        app.view(FORM)(self._written)
        app.error(_failed)
        return app

    def _make_flow(self, installed: Installed) -> AsyncOAuthFlow:
        async def done(given: AsyncSuccessArgs) -> BoltResponse:
            log.info("a workspace has installed the app")
            return await given.default.success(given)

        async def failed(given: AsyncFailureArgs) -> BoltResponse:
            self._refused("install")
            return await given.default.failure(given)

        return AsyncOAuthFlow(
            client=self._client,
            logger=self._library,
            settings=AsyncOAuthSettings(
                client_id=self._settings.client_id,
                client_secret=self._settings.client_secret,
                scopes=list(SCOPES),
                user_scopes=[],
                redirect_uri=f"{self._public}/slack/oauth_redirect",
                install_page_rendering_enabled=False,
                installation_store=installed.store,
                state_store=installed.states,
                state_expiration_seconds=STATE_KEPT,
                callback_options=AsyncCallbackOptions(done, failed),
                logger=self._library,
            ),
        )

    # What it hears.

    async def _said(self, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await self._take(body, context, lambda _: incoming.said(body))

    async def _pressed(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await self._take(body, context, lambda owner: incoming.pressed(body, owner))
        await ack()

    async def _written(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await self._take(body, context, lambda owner: incoming.written(body, owner))
        await ack()

    async def _commanded(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        taken = await self._take(body, context, lambda _: incoming.called(body))
        if taken and body.get("channel_name") != "directmessage":
            await ack(self._pointer(body))
        else:
            await ack()

    async def _shortcut(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        taken = await self._take(body, context, lambda _: incoming.called({"trigger_id": body["trigger_id"]}))
        if taken and body["channel"].get("name") != "directmessage":
            # The message that it was used on is not looked at.
            self._do(self._respond(body["response_url"], self._pointer(body)))
        await ack()

    async def _opened(self, body: dict[str, Any], context: AsyncBoltContext) -> None:
        team, user = _team(body), str(context.user_id)
        if body["event"].get("tab") != "home" or not await self._admitted(team, context):
            return
        self._homes[team, user] = body["api_app_id"]
        self._homes.move_to_end((team, user))
        while len(self._homes) > HOMES:
            self._homes.popitem(last=False)
        self._do(self._show_home(team, user))

    async def _take(
        self, body: dict[str, Any], context: AsyncBoltContext, read: Callable[[str], Incoming]
    ) -> bool:
        """Stores what somebody did, before Slack hears that it was taken. Raises `StoreError`.

        Takes what reads it, given whose it is. Returns whether it is stored.
        """
        team, user = _team(body), context.user_id
        try:
            found = read(f"{team}:{user}")
        except (KeyError, TypeError, AttributeError, IndexError):
            found = Refused("body")
        match found:
            case Refused(why):
                self._refused(why)
            case _ if found and not (team and user and await self._admitted(team, context)):
                self._refused("workspace")
            case Heard(event_id, event):
                await context["accept"](f"slack:{team}:{user}", event_id, event)
                return True
            case Asked(trigger, token, question, dated):
                form = home.form(self._words, question, f"{team}:{user}", token, dated=dated)
                self._do(self._show_form(team, trigger, form))
        return False

    async def _admitted(self, team: str, context: AsyncBoltContext) -> bool:
        whole = context.enterprise_id if context.is_enterprise_install else None
        return await self.workspaces.admits(team, whole)

    # What leaves.

    async def _uninstalled(self, body: dict[str, Any]) -> None:
        await self._erase(body)

    async def _revoked(self, body: dict[str, Any]) -> None:
        if body["event"].get("tokens", {}).get("bot"):
            await self._erase(body)

    async def _unshared(self, body: dict[str, Any]) -> None:
        await self._erased(body["event"].get("team_ids") or [])

    async def _erase(self, body: dict[str, Any]) -> None:
        team, enterprise = body.get("team_id"), body.get("enterprise_id")
        if team:
            await self._erased([team])
        elif enterprise:
            await self._erased(await self.workspaces.of(enterprise), enterprise)

    async def _erased(self, teams: list[str], enterprise: str | None = None) -> None:
        count = await self.workspaces.erase(teams, enterprise)
        log.info("%d workspaces have left; %d conversations are erased", len(teams), count)

        async def again() -> None:
            await asyncio.sleep(ERASED_AGAIN)
            for team in teams:
                # One that has come back in the meantime keeps what is new.
                if self._flow is None or not await self.workspaces.admits(team):
                    await self.workspaces.erase([team])

        self._do(again())

    async def forget(self, conversation: str, shown: str = "") -> None:
        """Drops what it knows of somebody (see `Forgetful`), whose Home tab then shows no question."""
        _, team, user = conversation.split(":")
        if shown:
            self._do(self._close(team, json.loads(shown)))
        if app := self._homes.pop((team, user), None):
            self._do(self._publish(team, user, app, ""))

    async def _close(self, team: str, stands: dict[str, Any]) -> None:
        token = await self.workspaces.token(team)
        await self._changed(token, stands, outgoing.closed(stands["text"]))

    # What it shows beside the conversation.

    def _words(self, block: str) -> str:
        return self._own("en", block)

    def _pointer(self, body: dict[str, Any]) -> dict[str, Any]:
        return home.pointer(self._words, _link(_team(body), body["api_app_id"]))

    async def _respond(self, url: str, body: dict[str, Any]) -> None:
        async with self._open().post(url, json=body) as answer:
            answer.raise_for_status()

    async def _show_form(self, team: str, trigger: str, view: dict[str, Any]) -> None:
        token = await self.workspaces.token(team)
        await self._client.views_open(token=token, trigger_id=trigger, view=view)

    async def _show_home(self, team: str, user: str) -> None:
        shown = await self.workspaces.shown(f"slack:{team}:{user}")
        await self._publish(team, user, self._homes[team, user], json.loads(shown)["text"] if shown else "")

    async def _publish(self, team: str, user: str, app: str, question: str) -> None:
        token = await self.workspaces.token(team)
        view = home.home(self._words, question, _link(team, app))
        await self._client.views_publish(token=token, user_id=user, view=view)

    def _do(self, doing: Coroutine[Any, Any, None]) -> None:
        """Does something that nobody waits for, and that may fail: it is only for the eye."""

        async def done() -> None:
            try:
                await doing
            except Exception as error:  # there is nobody to tell
                log.debug("not shown: %s", type(error).__name__)

        task = asyncio.create_task(done())
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    # What it sends.

    async def send(self, conversation: str, message: Message, shown: str) -> str | None:
        """Sends a message (see `Sender`): what answers a question is written below it, in its place."""
        _, team, user = conversation.split(":")
        self._open()
        try:
            token = await self.workspaces.token(team)
            stands = await self._send(token, f"{team}:{user}", message, json.loads(shown) if shown else None)
        except SlackApiError as error:
            raise self._told(error) from None
        if stands is not None and (app := self._homes.get((team, user))):
            self._do(self._publish(team, user, app, json.loads(stands)["text"] if stands else ""))
        return stands

    async def _send(self, token: str, owner: str, message: Message, stands: Any) -> str | None:
        channel = stands["channel"] if stands else owner.partition(":")[2]
        # What may take long or fail comes first: a message whose buttons stand should come once.
        uploaded = await self._uploaded(token, channel, message) if message.attachments else []
        answers = message.replaces is not None
        if answers and stands and not message.copyable:
            if await self._changed(token, stands, outgoing.answered(stands["text"], message.text)):
                await self._share(token, stands["channel"], uploaded, message.locale)
                return ""
        elif stands and (answers or outgoing.has_controls(message)):
            await self._changed(token, stands, outgoing.closed(stands["text"]))
        sent: Any = None
        label = self._own(message.locale, "pick_day" if message.pick == "date" else "write")
        for post in outgoing.posts(message, owner, label):
            sent = await self._post(token, owner.partition(":")[2], post)
        await self._share(token, sent["channel"], uploaded, message.locale)
        if outgoing.has_controls(message):
            text = markup.with_quoted(message.text, message.copyable)
            kept = {"channel": sent["channel"], "ts": sent["ts"], "text": text}
            return json.dumps(kept, ensure_ascii=False)
        return "" if answers and stands else None

    async def _post(self, token: str, channel: str, post: dict[str, Any]) -> Any:
        return await self._client.chat_postMessage(
            token=token, channel=channel, **post, parse="none", unfurl_links=False, unfurl_media=False
        )

    async def _uploaded(self, token: str, channel: str, message: Message) -> list[dict[str, str | None]]:
        """Uploads the files of a message, for Slack to hand over later; returns what it calls them.

        One that can't be made or isn't taken is left out, and that is said.
        """
        found: list[dict[str, str | None]] = []
        for attachment in message.attachments:
            try:
                found.append({"id": await self._upload(token, attachment), "title": attachment.name})
            except AttachmentError as error:
                await self._left_out(token, channel, message.locale, str(error))
            except SlackApiError as error:
                await self._unless_told(error, token, channel, message.locale)
        return found

    async def _upload(self, token: str, attachment: Attachment) -> str:
        file = await make(attachment)
        given = await self._client.files_getUploadURLExternal(
            token=token, filename=file.name, length=len(file.content), alt_txt=file.alt[:ALT_MOST] or None
        )
        headers = {"Content-Type": file.media}
        async with self._open().post(given["upload_url"], data=file.content, headers=headers) as answer:
            if 400 <= answer.status < 500:
                raise AttachmentError(f"Slack answers {answer.status} to its bytes")
            answer.raise_for_status()
        return str(given["file_id"])

    async def _share(self, token: str, channel: str, files: list[dict[str, str | None]], locale: str) -> None:
        """Hands over what was uploaded."""
        if not files:
            return
        try:
            await self._client.files_completeUploadExternal(token=token, files=files, channel_id=channel)
        except SlackApiError as error:
            await self._unless_told(error, token, channel, locale)

    async def _unless_told(self, error: SlackApiError, token: str, channel: str, locale: str) -> None:
        """Says that a file is left out; raises the error where it is about more than the file."""
        if not isinstance(self._told(error), UnsendableError):
            raise error
        await self._left_out(token, channel, locale, str(error.response.get("error")))

    async def _left_out(self, token: str, channel: str, locale: str, why: str) -> None:
        log.error("a file can't be sent and is left out: %s", why)
        said = self._own(locale, "file_scope" if why in _FORBIDDEN else "file_left")
        await self._post(token, channel, {"text": outgoing.escape(" ".join(said.split()))})

    async def _changed(self, token: str, stands: Any, into: dict[str, Any]) -> bool:
        """Puts something in the place of a message; False where that one can't be changed any more."""
        try:
            await self._client.chat_update(
                token=token, channel=stands["channel"], ts=stands["ts"], **into, parse="none"
            )
        except SlackApiError as error:
            if error.response.get("error") in _UNCHANGEABLE:
                return False
            raise
        return True

    def _told(self, error: SlackApiError) -> Exception:
        """What an error of the Web API means for a message."""
        response = error.response
        code = str(response.get("error") or "")
        if response.status_code == 429:
            return TooFastError(float(response.headers.get("Retry-After", 1)))
        if code in _GONE:
            return GoneError()
        if code in _TOKEN and self._flow:
            # The workspace has taken it back, and will say so by an event of its own.
            return GoneError()
        if code in _TOKEN:
            log.error("Slack doesn't take this SLACK_BOT_TOKEN (%s)", code)
            return TokenRefusedError(code)
        if response.status_code >= 500 or not code or code in _LATER:
            return ConnectionError(code)
        return UnsendableError(code)


async def _failed(error: Exception) -> None:
    """Says that an event wasn't stored; Slack will send it again, since it got no answer that it was."""
    log.error("an event from Slack wasn't taken: %s", type(error).__name__)


def _team(body: dict[str, Any]) -> str:
    """The workspace that something happened in; "" where nothing says so.

    Bolt finds none in what a whole organisation has authorized, where only the person's says it.
    """
    team = body.get("team_id") or (body.get("team") or {}).get("id")
    return str(team or (body.get("user") or {}).get("team_id") or "")


def _link(team: str, app: str) -> str:
    return f"https://slack.com/app_redirect?app={app}&team={team}"


def _library_log() -> logging.Logger:
    """The log of the libraries: they write what was said into it, so only where they do is passed on."""

    def place(record: logging.LogRecord) -> bool:
        record.msg = f"slack's library, at {record.filename}:{record.lineno}"
        record.args = ()
        record.exc_info = record.exc_text = None
        return True

    found = logging.getLogger(f"{__name__}.library")
    if not found.filters:
        found.addFilter(place)
    found.setLevel(logging.ERROR)
    return found
