"""People in Slack: what they do, and what they see of the bot."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.bot.adapters.slack.delivery import Delivery, Kind
from tests.bot.adapters.slack.payloads import (
    Forge,
    action,
    changed,
    interaction,
    message,
    on_message,
    on_view,
    stamp,
    typed,
)
from tests.bot.adapters.slack.rules import (
    MOST_MODALS,
    Json,
    RefusedError,
    check_view,
    controls,
    escaped,
    read,
)
from tests.bot.adapters.slack.shown import Channel, Opened, Shown, Surface, Team, identity

if TYPE_CHECKING:
    from tests.bot.adapters.slack.server import SlackApi

Values = Mapping[str, str | list[str] | None]
"""What goes into inputs: by label, block_id or action_id; options by label or value."""


def bare(label: str) -> str:
    """A label less what stands before and after its words."""
    return re.sub(r"^[\W_]+|[\W_]+$", "", label).lower()


class Person:
    """Somebody in a workspace, with their direct messages, their Home tab and their modals."""

    def __init__(self, api: SlackApi, team: Team, identity: str, name: str, locale: str) -> None:
        self.api, self.team, self.id, self.name, self.locale = api, team, identity, name, locale

    @property
    def channel(self) -> Channel:
        """Their direct messages with the bot."""
        return self.api.direct(self.team.id, self.id)

    # --- what they see ---

    @property
    def chat(self) -> list[Shown]:
        """Their direct messages with the bot as they stand, both sides', in order."""
        return self.api.seen_in(self.channel.id, self.id)

    @property
    def history(self) -> list[Shown]:
        """Every message there ever was in them."""
        return list(self.api.messages.get(self.channel.id, {}).values())

    @property
    def sent(self) -> list[Shown]:
        """The bot's messages among them."""
        return [shown for shown in self.chat if shown.by_bot]

    @property
    def texts(self) -> list[str]:
        """The same as plain texts."""
        return [shown.plain for shown in self.sent]

    @property
    def last(self) -> Shown:
        """The newest of them."""
        sent = self.sent
        assert sent, f"the bot has said nothing to {self.name}"
        return sent[-1]

    @property
    def live(self) -> list[Shown]:
        """The messages whose buttons stand; there should be one at most."""
        return [shown for shown in self.sent if shown.live]

    @property
    def question(self) -> Shown | None:
        """The one message with such buttons; `AssertionError` where there are several."""
        live = self.live
        said = [(shown.ts, shown.plain[:40]) for shown in live]
        assert len(live) <= 1, f"{self.name} has live buttons on {len(live)} messages: {said}"
        return live[0] if live else None

    @property
    def labels(self) -> list[str]:
        """The labels of its buttons; empty where nothing can be tapped."""
        return question.labels if (question := self.question) else []

    @property
    def options(self) -> list[str]:
        """The labels of its checkboxes and other options."""
        return question.options if (question := self.question) else []

    @property
    def ephemeral(self) -> list[Shown]:
        """What only they see, in any channel."""
        return [
            shown
            for messages in self.api.messages.values()
            for shown in messages.values()
            if shown.only_for == self.id and shown.team == self.team.id and not shown.deleted
        ]

    @property
    def home(self) -> Opened | None:
        """Their Home tab."""
        return self.api.homes.get((self.team.id, self.id))

    @property
    def modals(self) -> list[Opened]:
        """The modals that stand open, the topmost last."""
        return self.api.modals.get((self.team.id, self.id), [])

    @property
    def modal(self) -> Opened | None:
        """The topmost."""
        return self.modals[-1] if self.modals else None

    def state(self, on: Surface | None = None) -> Json:
        """What they have put into a message (the question's, if none is named) or a view."""
        surface = on or self.question
        if isinstance(surface, Shown):
            return surface.state(self.id)
        assert isinstance(surface, Opened)
        return surface.state

    # --- what they write ---

    async def says(self, text: str, *, forge: Forge | None = None) -> Delivery:
        """Writes to the bot."""
        return await self._wrote(text, [], forge)

    async def sends_file(
        self, name: str = "cv.pdf", text: str = "", kind: str = "application/pdf"
    ) -> Delivery:
        """Sends the bot a file, and something said with it or not."""
        its_id = identity("F")
        file = {"id": its_id, "name": name, "title": name, "mimetype": kind, "user": self.id, "size": 1234}
        file["url_private"] = f"https://files.slack.com/files-pri/{self.team.id}-{its_id}/{name}"
        return await self._wrote(text, [file], None)

    async def _wrote(self, text: str, files: list[Json], forge: Forge | None) -> Delivery:
        shown = self._put(self.channel, text, files)
        inner = message(shown, self.channel)
        return await self._event(inner, forge)

    def _put(self, channel: Channel, text: str, files: list[Json] | None = None) -> Shown:
        said, blocks = typed(text)
        return self.api.put(
            Shown(
                team=self.team.id,
                channel=channel.id,
                ts=stamp(),
                user=self.id,
                by_bot=False,
                text=said,
                blocks=blocks,
                files=files or [],
                client_msg_id=identity("client-"),
            )
        )

    def writes_in(self, channel: str, text: str) -> Shown:
        """Writes in a channel; the bot isn't told."""
        return self._put(self.api.channel(channel, team=self.team.id), text)

    async def edits(self, shown: Shown, text: str) -> Delivery:
        """Edits what they wrote to the bot."""
        assert shown.user == self.id, "people edit their own messages only"
        before = shown.json()
        said, blocks = typed(text)
        shown.change(said, blocks, stamp())
        return await self._event(changed(shown, before, self.channel), None)

    @property
    def mine(self) -> list[Shown]:
        """What they wrote to the bot."""
        return [shown for shown in self.chat if not shown.by_bot]

    def deletes(self, shown: Shown) -> None:
        """Takes a message away; the bot isn't told."""
        shown.deleted = True

    async def opens_home(self, tab: str = "home") -> Delivery:
        """Opens the Home tab, or (`messages`) the direct messages."""
        inner: Json = {
            "type": "app_home_opened",
            "user": self.id,
            "channel": self.channel.id,
            "tab": tab,
            "event_ts": stamp(),
        }
        if tab == "home" and self.home is not None:
            inner["view"] = self.home.json()
        return await self._event(inner, None)

    async def _event(self, inner: Json, forge: Forge | None) -> Delivery:
        body = self.api.envelope(self.team, inner)
        if forge is not None:
            forge(body)
        return await self.api.deliver(Delivery("events_api", body))

    # --- what they tap ---

    async def taps(
        self, label: str, on: Surface | None = None, *, version: int = -1, forge: Forge | None = None
    ) -> Delivery:
        """Taps the button with this label (less what decorates it).

        On the topmost modal if there is one, on the newest message that has the button, or on the Home
        tab; or where it is said. `version` counts what the message was: 0 is as it was posted.
        """
        surface, block, element = self._button(label, on, version)
        return await self._act(surface, action(block, element), version, forge)

    def _button(self, label: str, on: Surface | None, version: int) -> tuple[Surface, Json, Json]:
        surfaces = [on] if on is not None else self._surfaces()
        for same in (str, bare):
            for surface in surfaces:
                for block, element in self._on(surface, version):
                    if element["type"] == "button" and same(read(element["text"])) == same(label):
                        return surface, block, element
        raise AssertionError(f"no button {label!r}; {self.name} sees {[s.labels for s in surfaces[:3]]}")

    def _on(self, surface: Surface, version: int) -> list[tuple[Json, Json]]:
        if version != -1 and isinstance(surface, Shown):
            return list(controls(surface.versions[version].blocks))
        return list(controls(surface.blocks))

    def _surfaces(self) -> list[Surface]:
        """What they could touch, the nearest first."""
        if self.modal is not None:
            return [self.modal]
        messages = {shown.ts: shown for shown in [*self.sent, *self.ephemeral]}
        return [*(messages[ts] for ts in sorted(messages, reverse=True)), *([self.home] if self.home else [])]

    async def ticks(
        self, *labels: str, on: Surface | None = None, forge: Forge | None = None
    ) -> list[Delivery]:
        """Ticks each of these checkboxes, or takes its tick away; the bot is told of each."""
        told = []
        for label in labels:
            surface, block, element, option = self._option(("checkboxes",), label, on)
            state = self.state(surface)[block["block_id"]][element["action_id"]]
            chosen = state["selected_options"]
            state["selected_options"] = [
                each for each in element["options"] if (each in chosen) != (each == option)
            ]
            if _reports(block):
                given = action(block, element, selected_options=copy.deepcopy(state["selected_options"]))
                told.append(await self._act(surface, given, -1, forge))
        return told

    async def picks(
        self, label: str, on: Surface | None = None, *, forge: Forge | None = None
    ) -> Delivery | None:
        """Picks one of several: a radio button, an entry of a menu."""
        kinds = ("radio_buttons", "static_select", "overflow")
        surface, block, element, option = self._option(kinds, label, on)
        if element["type"] != "overflow":
            self.state(surface)[block["block_id"]][element["action_id"]]["selected_option"] = option
        if not _reports(block):
            return None
        return await self._act(surface, action(block, element, selected_option=option), -1, forge)

    async def picks_date(
        self, day: str, on: Surface | None = None, *, forge: Forge | None = None
    ) -> Delivery | None:
        """Picks a day (2030-01-31) in the calendar."""
        for surface in [on] if on is not None else self._surfaces():
            for block, element in controls(surface.blocks):
                if element["type"] == "datepicker":
                    state = self.state(surface)[block["block_id"]][element["action_id"]]
                    state["selected_date"] = day
                    if not _reports(block):
                        return None
                    given = action(block, element, selected_date=day)
                    return await self._act(surface, given, -1, forge)
        raise AssertionError(f"{self.name} sees no calendar")

    def _option(
        self, kinds: tuple[str, ...], label: str, on: Surface | None
    ) -> tuple[Surface, Json, Json, Json]:
        surfaces = [on] if on is not None else self._surfaces()
        for same in (str, bare):
            for surface in surfaces:
                for block, element in controls(surface.blocks):
                    if element["type"] in kinds:
                        for option in element["options"]:
                            if same(read(option["text"])) == same(label):
                                return surface, block, element, option
        raise AssertionError(f"no {label!r} among {[s.options for s in surfaces[:3]]}")

    async def submits(self, label: str | None = None, *, forge: Forge | None = None) -> Delivery:
        """Taps the button that belongs to the checkboxes: the one named, or the primary one, or the first."""
        for surface in self._surfaces():
            if any(each["type"] == "checkboxes" for each in surface.controls):
                break
        else:
            raise AssertionError(f"{self.name} sees no checkboxes")
        if label is not None:
            return await self.taps(label, surface, forge=forge)
        first = [each for each in surface.buttons if each.get("style") == "primary"] or surface.buttons
        assert first, "there is no button to submit with"
        block, element = surface.control(first[0]["action_id"])
        return await self._act(surface, action(block, element), -1, forge)

    async def _act(self, surface: Surface, given: Json, version: int, forge: Forge | None) -> Delivery:
        by_view = isinstance(surface, Opened)
        in_modal = by_view and surface in self.modals
        body = self._interaction("block_actions", in_modal=in_modal, by_view=by_view)
        if isinstance(surface, Shown):
            channel = self.api.channels[surface.channel]
            url = self.api.hook(channel, self.id, surface)
            body |= on_message(surface, channel, self.id, url, version)
        elif isinstance(surface, Opened):
            body |= on_view(surface)
        body["actions"] = [given]
        return await self._send("interactive", body, forge)

    async def acts(self, given: Json, on: Shown, *, forge: Forge | None = None) -> Delivery:
        """An action that no button need be there for: its `action_id`, `block_id`, `type` and `value`."""
        return await self._act(on, {"action_ts": stamp(), **given}, -1, forge)

    def _interaction(self, kind: str, *, in_modal: bool = False, by_view: bool = False) -> Json:
        trigger = self.api.trigger(self.team.id, self.id, in_modal=in_modal)
        token = self.api.tokens.of(self.team)
        org = token is not None and token.org
        return interaction(
            self.api.app, self.team, self.id, self.name, kind, trigger, org=org, by_view=by_view
        )

    async def _send(
        self, kind: Kind, body: Json, forge: Forge | None = None, *, responds: bool = False
    ) -> Delivery:
        body = copy.deepcopy(body)
        if forge is not None:
            forge(body)
        return await self.api.deliver(Delivery(kind, body, responds))

    # --- commands and shortcuts ---

    async def command(
        self, name: str, text: str = "", channel: str | None = None, *, forge: Forge | None = None
    ) -> Delivery:
        """Types a slash command, in a channel or in their direct messages."""
        there = self.api.channel(channel, team=self.team.id) if channel else self.channel
        token = self.api.tokens.of(self.team)
        body: Json = {
            "token": self.api.app.verification,
            "team_id": self.team.id,
            "team_domain": self.team.domain,
            "channel_id": there.id,
            "channel_name": "directmessage" if there.user else there.name,
            "user_id": self.id,
            "user_name": self.name,
            "command": name,
            "text": escaped(text),
            "api_app_id": self.api.app.id,
            "is_enterprise_install": "true" if token is not None and token.org else "false",
            "response_url": self.api.hook(there, self.id, None),
            "trigger_id": self.api.trigger(self.team.id, self.id),
        }
        if self.team.enterprise:
            body["enterprise_id"] = self.team.enterprise
            body["enterprise_name"] = f"Organisation {self.team.enterprise}"
        delivery = await self._send("slash_commands", body, forge, responds=True)
        self.api.answered(delivery, there, self.id)
        return delivery

    async def shortcut(
        self, callback_id: str, message: Shown | None = None, *, forge: Forge | None = None
    ) -> Delivery:
        """Chooses a shortcut, from a message's menu or from the search bar."""
        body = self._interaction("message_action" if message else "shortcut")
        body |= {"callback_id": callback_id, "action_ts": stamp()}
        if message is not None:
            channel = self.api.channels[message.channel]
            body |= {
                "channel": {"id": channel.id, "name": "directmessage" if channel.user else channel.name},
                "message_ts": message.ts,
                "message": message.json(),
                "response_url": self.api.hook(channel, self.id, None),
            }
        return await self._send("interactive", body, forge)

    # --- modals ---

    def fills(self, values: Values, on: Surface | None = None) -> None:
        """Puts something into inputs, of the topmost modal or of a message."""
        surface = on or self.modal or self.question
        assert surface is not None, f"{self.name} sees no inputs"
        state = self.state(surface)
        for key, value in values.items():
            block, element = _input(surface, key)
            state[block["block_id"]][element["action_id"]] |= _filled(element, value)

    async def submits_view(self, values: Values | None = None, *, forge: Forge | None = None) -> Delivery:
        """Fills and submits the topmost modal; Slack does with it as the bot answers."""
        view = self.modal
        assert view is not None, f"{self.name} sees no modal"
        assert view.submit is not None, "this modal has nothing to submit"
        self.fills(values or {}, view)
        _complete(view)
        body = self._interaction("view_submission", in_modal=True, by_view=True)
        body |= {"view": view.json(), "response_urls": []}
        delivery = await self._send("interactive", body, forge, responds=True)
        if delivery.acked:
            self._after(view, delivery)
        return delivery

    def _after(self, view: Opened, delivery: Delivery) -> None:
        answer = delivery.payload or {}
        if delivery.answer and not answer:
            self.api.wrong(delivery, f"neither empty nor JSON: {delivery.answer!r}")
            return
        kind = answer.get("response_action")
        stack = self.modals
        if view not in stack:
            return
        try:
            if kind == "errors":
                view.errors = _errors(view, answer)
            elif kind in ("update", "push"):
                check_view(answer.get("view"), "modal")
                if kind == "update":
                    view.take(answer["view"], self.api.new_hash())
                elif len(stack) < MOST_MODALS:
                    self.api.push(stack, answer["view"])
                else:
                    raise RefusedError("push_limit_reached")
            elif kind == "clear":
                stack.clear()
            elif kind is None and not answer:
                stack.remove(view)
            else:
                raise RefusedError("invalid_arguments", f"no such response: {answer}")
        except RefusedError as refusal:
            self.api.wrong(delivery, refusal)

    async def closes_view(self, *, everything: bool = False, forge: Forge | None = None) -> Delivery | None:
        """Closes the topmost modal, or all of them; the bot is told if it wanted to be."""
        view = self.modal
        assert view is not None, f"{self.name} sees no modal"
        if everything:
            self.modals.clear()
        else:
            self.modals.pop()
        if not view.view.get("notify_on_close"):
            return None
        body = self._interaction("view_closed", by_view=True)
        del body["trigger_id"]
        body |= {"view": view.json(), "is_cleared": everything}
        return await self._send("interactive", body, forge)

    # --- installing ---

    def authorizes(self, url: str, *, org: bool = False, granted: bool = True) -> str:
        """Agrees on Slack's page that /slack/install leads to; returns where the browser goes then."""
        return self.api.tokens.authorize(url, self.team, self.id, org=org, granted=granted)


def _reports(block: Json) -> bool:
    """Whether the bot is told of a change at once."""
    return block["type"] != "input" or bool(block.get("dispatch_action"))


def _input(surface: Surface, key: str) -> tuple[Json, Json]:
    for block, element in controls(surface.blocks):
        names = (block["block_id"], element["action_id"], read(block.get("label")))
        if element["type"] not in ("button", "overflow") and key in names:
            return block, element
    raise AssertionError(f"no input {key!r} among {[b['block_id'] for b, _ in controls(surface.blocks)]}")


def _filled(element: Json, value: str | list[str] | None) -> Json:
    kind = element["type"]
    if kind in ("checkboxes", "multi_static_select"):
        wanted = [value] if isinstance(value, str) else value or []
        return {"selected_options": [_chosen(element, each) for each in wanted]}
    if kind in ("radio_buttons", "static_select"):
        assert not isinstance(value, list), f"one of these only: {value}"
        return {"selected_option": None if value is None else _chosen(element, value)}
    if kind == "datepicker":
        return {"selected_date": value}
    if kind == "timepicker":
        return {"selected_time": value}
    return {"value": value or None}


def _chosen(element: Json, value: str) -> Json:
    for option in element["options"]:
        if value in (option["value"], read(option["text"])):
            chosen: Json = option
            return chosen
    raise AssertionError(f"no {value!r} among {[read(o['text']) for o in element['options']]}")


def _complete(view: Opened) -> None:
    """Slack sends nothing before what is needed is there and fits."""
    for block, element in controls(view.blocks):
        if block["type"] != "input":
            continue
        state = view.state[block["block_id"]][element["action_id"]]
        given: Any = next((value for key, value in state.items() if key != "type"), None)
        label = read(block["label"])
        assert given or block.get("optional"), f"Slack asks to complete {label!r} first"
        if isinstance(given, str) and element["type"] == "plain_text_input":
            least, most = element.get("min_length", 0), element.get("max_length", 3000)
            assert least <= len(given) <= most, f"Slack wants {least} to {most} characters in {label!r}"


def _errors(view: Opened, answer: Json) -> dict[str, str]:
    errors = answer.get("errors")
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise RefusedError("invalid_arguments", "errors: by block_id, not empty")
    if strange := set(errors) - inputs:
        raise RefusedError("invalid_arguments", f"no such inputs: {sorted(strange)}")
    return {str(block): str(words) for block, words in errors.items()}
