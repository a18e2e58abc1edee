"""The engine: `Dialog.step`, a session and an event in, a session and messages out.

It never waits, is told the time and keeps nothing: what it returns is all there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dialogs.events import (
    Attachment,
    Chose,
    Command,
    Due,
    Event,
    Message,
    Picked,
    Said,
    Started,
    Useful,
    option_of,
)
from dialogs.export import JSON_FILE, READABLE_FILE, as_json, as_markdown
from dialogs.flow import Answer, Aside, Flow, Question
from dialogs.people import People
from dialogs.practice import Places
from dialogs.reminders import civil, kept, of, unwanted
from dialogs.render import NONE, USEFUL_ANSWERS, View, labels
from dialogs.rooms import KEEPERS, Keeper
from dialogs.rooms.when import due, named
from dialogs.rulebook import ASKED_SUPPOSED, CHANGE, DONE, SUPPOSED, rulebook, state_name
from dialogs.session import NUDGE, Detour, Plan, Reminder, Session
from dialogs.settings import KEEP_DAYS, USEFUL
from dialogs.understand import Scorer, clean, command_in, options_in, understand, vocabulary
from dialogs.verdict import Table
from dialogs.words import Words

MENU_AFTER = 3
"""How many unclear answers in a row bring the menu."""

EARLY_MOST = 60.0
"""Seconds by which a reminder may come too early and still count: clocks differ by a little."""


class Dialog:
    """A dialog ready to talk: its flow, its verdict table, its words, people, and the machine they make.

    Takes what `dialogs.content.load` read and checked, a scorer for suggestions in place of the
    default one, after how many seconds to come back to who asked for it, for how many days of silence
    conversations are kept, and where to practise. One serves all conversations.
    """

    def __init__(
        self,
        flow: Flow,
        table: Table,
        words: Mapping[str, Words],
        people: People,
        scorer: Scorer | None = None,
        nudge_after: float = 86_400.0,
        keep_days: int = KEEP_DAYS,
        practice: Places | None = None,
    ) -> None:
        self.flow = flow
        self.people = people
        self.practice = practice or Places()
        self.scorer = scorer
        self.nudge_after = nudge_after
        self.keep_days = keep_days
        self.table = table
        self.words = words
        self.machine = rulebook(flow)
        self.asides = {aside.id: aside for aside in flow.asides}
        self.labels = {
            locale: {question.id: labels(question, found) for question in flow.questions}
            for locale, found in words.items()
        }

    def step(self, session: Session, event: Event, now: float = 0.0) -> tuple[Session, tuple[Message, ...]]:
        """One step of a conversation.

        Takes the session so far, what happened, and when (in seconds since the epoch); returns the
        session after it and the messages to send, in order. The same arguments always give the same
        result, and no input raises.
        """
        turn = Turn(self, Session(session.locale) if session.forgotten else session, now)
        turn.take(event)
        return turn.session, tuple(turn.messages)

    def standing(self, plan: Plan) -> str:
        """The state a plan stands in: its detour's, or that of the first open question."""
        if plan.detour:
            return plan.detour.state
        for question in self.flow.applying(plan.answers):
            if question not in plan.answers:
                return state_name(self.flow, self.flow.by_id[question].state)
        return state_name(self.flow, DONE)


class Turn:
    """One step under way: the small object that the machine moves, gone when the step is done."""

    __slots__ = ("_view", "dialog", "messages", "now", "session", "state", "target")

    def __init__(self, dialog: Dialog, session: Session, now: float = 0.0) -> None:
        self.dialog = dialog
        self.session = session
        self.now = now
        self.state = dialog.standing(session.plan)
        self.target = ""
        self.messages: list[Message] = []
        self._view: View | None = None

    @property
    def view(self) -> View:
        """The session as it is shown now."""
        view = self._view
        if view is None or view.session is not self.session or view.name != self.state:
            view = self._view = View(self.dialog, self.session, self.state, self.now)
        return view

    # What the machine's guards ask.

    def opens(self, question: str) -> bool:
        """Whether a question applies and isn't answered."""
        answers = self.session.plan.answers
        return question not in answers and question in self.dialog.flow.applying(answers)

    def has_answers(self) -> bool:
        """Whether there is anything to change."""
        return bool(self.session.plan.answers)

    def is_decided(self) -> bool:
        """Whether all that the verdict hangs on has been asked."""
        return self.dialog.flow.is_decided(self.session.plan.answers)

    def _move(self, trigger: str) -> bool:
        """Fires a trigger of the machine; False where the rulebook has no such way from here."""
        event = self.dialog.machine.events.get(trigger)
        return event is not None and self.state in event.transitions and bool(event.trigger(self))

    # What comes in.

    @property
    def keeper(self) -> Keeper | None:
        """Who keeps the room that it stands in, if it stands in one."""
        return self.view.keeper

    def take(self, event: Event) -> None:
        """Takes one event, to the end."""
        match event:
            case Started():
                self._start()
            case Said(_, token) if token and token != self.view.token():
                self._stale("form")
            case Said(text):
                self._said(text)
            case Chose(token, ticked):
                option = option_of(token)
                current = token == self.view.token(option)
                if current and ticked is not None:
                    self._note_ticks(ticked)
                if not current or not self._choose(option):
                    self._stale()
            case Picked(token, options):
                if token != self.view.token() or not self._pick(options):
                    self._stale()
            case Command(name):
                self._command(name)
            case Due(name):
                self._due(name)
        if not self.session.forgotten:
            self.session = kept(self.dialog.flow, self.session, self.now)

    def _start(self) -> None:
        if self.session.asked:
            self.messages.append(self.view.welcome_back())
        else:
            self.session = self.session.moved(self.session.plan)
            self.messages.append(self.view.tell("welcome"))
        self.ask()

    def _said(self, text: str) -> None:
        view = self.view
        question, words = view.question, vocabulary(view.words.locale)
        several = view.picking == "many"
        # While other buttons stand, their numbers are the ones on the screen, and the question's are not.
        shown = [(option, view.called(option)) for option in self.session.shown]
        keeper = self.keeper
        found = options_in(text, shown, words, several=several)
        numbered = not shown and (not view.keeper or view.keeper.numbered)
        found = found or options_in(text, view.offered(), words, several=several, numbered=numbered)
        if question and found and set(found) <= set(question.options):
            found = self._with_noted(question, found)
        if keeper and len(found) > 1:
            # What was ticked before stays so: whoever types adds to it.
            found = tuple(
                [option for option, _ in view.offered() if option in (*found, *keeper.picked(view))]
            )
        if found and (self._pick(found) if len(found) > 1 else self._choose(found[0])):
            return
        # Where a text is written, what leads to the room it is written in ("it went well") is part of it.
        writing = view.keeper.room if view.keeper and view.picking == "text" else ""
        if (command := command_in(text, words)) and command != writing:
            self._command(command)
        elif view.resting:
            self.ask()
        elif keeper:
            heard = understand(text, (), view.words.locale)
            if heard.kind == "distress":
                self._command("talk")
            elif keeper.hear(self, text) or self._decides(text):
                pass
            elif heard.command in self.dialog.machine.events or heard.command in _ANYWHERE:
                self._command(str(heard.command))
            elif keeper.numbered:
                self._unclear(self.session.unclear % MENU_AFTER + 1)
            else:
                # What is said to whoever isn't understood speaks of numbers.
                self.ask()
        elif question and question.pick == "text" and clean(text):
            heard = understand(text, (), view.words.locale)
            if heard.kind == "distress":
                self._command("talk")
            elif heard.command:
                self._command(heard.command)
            elif not self.session.asked:
                # It was not asked yet: where there is no door to come in by, people say hello.
                self._start()
            else:
                named(self, question, text)
        else:
            self._read(text)

    def _decides(self, text: str) -> bool:
        """Takes a decision typed in a room, where it can be made; False where there is none in it."""
        outcome, view = self.dialog.flow.outcome, self.view
        labels = view.labels[outcome.id].options.items()
        found = options_in(text, list(labels), vocabulary(view.words.locale), several=False, numbered=False)
        if not found or not self.is_decided():
            return False
        self.leave()
        return self._choose(found[0])

    def _read(self, text: str) -> None:
        """Takes what was typed in one's own words."""
        view = self.view
        question = view.question
        asked = question.options if question else ()
        others = self._others()
        reasons = [option for other in others for option in other.options]
        mixed = question is not None and question.pick == "many"
        labels = [
            (option, view.labels[other.id].options[option]) for other in others for option in other.options
        ]
        if question and (
            named := options_in(text, labels, vocabulary(view.words.locale), several=True, numbered=False)
        ):
            self._taken(question, (), list(named), others)
            return
        if question and not mixed:
            reasons = [option for option in reasons if not self._follows(question, option)]
        heard = understand(
            text,
            (*asked, *reasons) if mixed else asked,
            view.words.locale,
            self.dialog.scorer,
            numbered=False,
            beside=() if mixed else reasons,
        )
        own = tuple(option for option in heard.options if option in asked)
        suggestions = tuple(option for option in heard.suggestions if option in asked)
        if heard.kind == "distress":
            self._command("talk")
        elif (heard.command and heard.command in self.dialog.machine.events) or heard.command in _ANYWHERE:
            self._command(str(heard.command))
        elif heard.options and question:
            self._taken(question, own, [option for option in heard.options if option in reasons], others)
        elif suggestions:
            self.understood()
            self._instead(view.suggest(suggestions))
        else:
            self._unclear(self.session.unclear % MENU_AFTER + 1)

    def _others(self) -> list[Question]:
        """The questions whose options, the reasons, are kept when they are named at the open one."""
        question = self.view.question
        if question is None or self.session.plan.detour:
            return []
        return [one for one in self.dialog.flow.questions if one.pick == "many" and one is not question]

    def _follows(self, question: Question, option: str) -> bool:
        """Whether a question asks more about a reason given: naming it again is then part of the answer."""
        return not question.group and question.names(option) and option in self._given()

    def _given(self) -> set[str]:
        """The reasons given so far."""
        plan = self.session.plan
        answered = [
            option for answer in plan.answers.values() if isinstance(answer, tuple) for option in answer
        ]
        return {*answered, *plan.noted}

    def _taken(
        self, question: Question, own: tuple[str, ...], beside: list[str], others: list[Question]
    ) -> None:
        """Takes what words plainly named: of the open question, and of the others it was said beside."""
        many = question.pick == "many"
        new = [option for option in beside if option not in self._given()]
        if own and (not others or (not many and (not new or question is self.dialog.flow.outcome))):
            # Whoever decides has decided: a reason given for it brings no other verdict.
            self._answer(question, question.read(own) if many else own[0])
            return
        names = {
            option: label
            for one in (question, *others)
            for option, label in self.view.labels[one.id].options.items()
        }
        if not own and not new:
            self.understood()
            self.messages.append(self.view.tell("said", said=". ".join([names[each] for each in beside])))
            self.ask()
            return
        plan = self.session.plan
        answers = dict(plan.answers)
        own = self._with_noted(question, own) if own and many else own
        noted: list[str] = []
        for other in others:
            added = [option for option in other.options if option in new]
            before = answers.get(other.id)
            if not isinstance(before, tuple):
                noted += added
            elif added:
                answers = self._with(other.id, other.read([*before, *added]), answers)
        if noted:
            kept = tuple(dict.fromkeys((*plan.noted, *noted)))
            self.session = self.session.with_plan(replace(plan, noted=kept))
        if own:
            answers = self._with(question.id, question.read(own) if many else own[0], answers)
        elif answers == plan.answers:
            self.understood()
            self.messages.append(self.view.note("noted", said=". ".join([names[each] for each in noted])))
            return
        self._act(answers, "keep")
        # A reason can put other questions before the open one, which then is asked no more.
        own = own if question.id in answers else ()
        said = ". ".join([names[each] for each in (*own, *new)])
        self.messages.append(self.view.tell("said", "understood", said=said))
        self.ask()

    def _note_ticks(self, ticked: tuple[str, ...]) -> None:
        """Keeps what was ticked and not submitted yet, so that it is ticked when the question comes again."""
        question, plan = self.view.question, self.session.plan
        if question and question.pick == "many" and not plan.detour:
            others = [option for option in plan.noted if option not in question.options]
            own = [option for option in question.options if option in ticked]
            self.session = self.session.with_plan(replace(plan, noted=(*others, *own)))

    def _with_noted(self, question: Question, options: tuple[str, ...]) -> tuple[str, ...]:
        """Options typed, with those noted for this question before: they were said as well."""
        noted = () if self.session.plan.detour else self.session.plan.noted
        return tuple([option for option in question.options if option in options or option in noted])

    def _choose(self, option: str) -> bool:
        """Takes one option of what is open; False where it isn't among them."""
        view = self.view
        if (keeper := self.keeper) and keeper.choose(self, option):
            return True
        if option in view.listed():
            self._open(option)
            return True
        question = view.question
        if question and option in view.labels[question.id].options:
            if question.pick == "many":
                return self._pick((option,))
            self._answer(question, option)
            return True
        outcome = self.dialog.flow.outcome
        if option in outcome.options and self._move("decide"):
            self._answer(outcome, option)
            return True
        if option not in self.dialog.machine.events and option not in _ANYWHERE:
            return False
        self._command(option)
        return True

    def _pick(self, options: tuple[str, ...]) -> bool:
        """Takes several options of the open question; False where they aren't its own."""
        view = self.view
        question = view.question
        if keeper := self.keeper:
            return keeper.take(self, options)
        if not question or question.pick != "many" or not set(options) <= {*question.options, NONE}:
            return False
        picked = tuple(option for option in options if option != NONE)
        if picked != options and (picked or not question.none):
            return False
        if picked or question.none:
            self._answer(question, question.read(picked))
        else:
            self._note("required", "pick_one")
        return True

    def _command(self, name: str) -> None:
        """Does what was asked for by name."""
        detour = self.session.plan.detour
        match name:
            case "back" | "leave":
                self._back(name)
            case "skip":
                self._skip()
            case "done" if self._pick(
                self.keeper.picked(self.view) if self.keeper else self.session.plan.noted
            ):
                pass
            case "none_of_these":
                self.understood()
                self.ask()
            case "restart":
                reminded = self._remind_no_more(only=self.session.open)
                self.session = self.session.moved(self.session.plan.restarted())
                self._move("restart")
                self.messages.append(
                    self.view.tell("restarted", reminded=reminded, others=len(self.session.plans) > 1)
                )
                self.ask()
            case "change" | "suppose" if self._move(name):
                self._stay(Detour(self.state))
            case "keep" if detour and detour.state == state_name(self.dialog.flow, SUPPOSED):
                self._keep(detour)
            case "stop":
                self.understood()
                reminded = self._remind_no_more()
                self.messages.append(replace(self.view.tell("stopped", reminded=reminded), ends=True))
            case "remind" if self.view.resting:
                self.ask()
            case "remind":
                at = self.now + self.dialog.nudge_after
                at = (civil(self.session, at) if self.view.zone else None) or at
                self.remind(Reminder(NUDGE, at))
                self._note("remind")
            case "remind_off":
                self._note("remind", "off" if self._remind_no_more() else "none")
            case "export":
                self._export()
            case "useful" | "not_useful" if self.session.settings.get(USEFUL) == str(self.session.asked):
                self._count("yes" if name == "useful" else "no")
            case "gone":
                self._remind_no_more()
            case "again" if self.view.resting:
                self._back("leave")
            case "again":
                self.understood()
                self.ask()
            case "menu":
                self._unclear(MENU_AFTER)
            case "unreadable" | "edited":
                self._note("unreadable", name)
            case _ if self.enter(*name.split(".", 1)):
                pass
            case _ if name in self.dialog.asides and self._move(name):
                self._beside(self.dialog.asides[name])
            case _:
                self._not_here()

    # Acts: what changes the answers. Each is one entry in the plan's history.

    def _act(self, answers: Mapping[str, Answer], trigger: str) -> None:
        self.session = self.session.moved(self.session.plan.changed(answers))
        self._move(trigger)

    def _answer(self, question: Question, answer: Answer) -> None:
        if self.state == state_name(self.dialog.flow, ASKED_SUPPOSED):
            self._move("conclude")
            self._stay(Detour(self.state, question.id, answer))
            return
        self.answer(question, answer)
        self.ask()
        outcome = self.dialog.flow.outcome
        if question is outcome and answer not in outcome.later:
            self._ask_useful()

    def answer(self, question: Question, answer: Answer) -> None:
        """Takes an answer to a question of the walk and says it back; what is open then isn't asked yet."""
        replaces, changed = self.session.asked, self.session.plan.detour is not None
        self._act(self._with(question.id, answer), "keep" if changed else "advance")
        if answer is None:
            self.messages.append(self.view.tell("said", "skipped", replaces=replaces))
        else:
            said = self.view.spoken(question, answer)
            self.messages.append(
                self.view.tell("changed" if changed else "said", replaces=replaces, said=said)
            )
        outcome = self.dialog.flow.outcome
        if question is outcome and answer not in outcome.later and self.remind_not(NUDGE):
            self.messages.append(self.view.tell("remind", "decided"))

    def _with(
        self, question: str, answer: Answer, answers: Mapping[str, Answer] | None = None
    ) -> dict[str, Answer]:
        """The answers, the plan's unless given, with one of them other; what no longer applies drops out."""
        flow = self.dialog.flow
        answers = {**(self.session.plan.answers if answers is None else answers), question: answer}
        if question in self.dialog.table.flippable:
            # The decision was made on a verdict that may not be the same now: it is asked for again.
            answers.pop(flow.outcome.id, None)
        return flow.applied(answers)

    def _skip(self) -> None:
        view = self.view
        if view.question and "skip" in view.controls():
            self._answer(view.question, None)
        elif self.keeper and self.keeper.choose(self, "skip"):
            pass
        elif view.in_walk:
            self._note("required", "cannot_skip")
        else:
            self._not_here()

    def _keep(self, detour: Detour) -> None:
        self._act(self._with(detour.question, detour.answer), "keep")
        said = self.view.spoken(self.dialog.flow.by_id[detour.question], detour.answer)
        self.messages.append(self.view.tell("kept", said=said))
        self.ask()

    def _back(self, name: str) -> None:
        plan = self.session.plan
        if name == "back" and self.keeper and self.keeper.back(self):
            pass
        elif plan.detour:
            self.session = self.session.moved(replace(plan, detour=None))
            # A question that is being changed is a state of the walk: there is a way back from it, too.
            self._move("leave") or self._move("back")
            # Whoever steps out of a room has read what comes before the buttons.
            room = plan.detour.state.partition("/")[2] in self.dialog.flow.rooms
            self.ask(briefly=room)
        elif name == "back" and plan.history:
            self.session = self.session.moved(plan.undone())
            self._move("back")
            self.messages.append(self.view.tell("undone"))
            self.ask()
        elif name == "back":
            self._note("undone", "nothing", others=len(self.session.plans) > 1)
        else:
            self._not_here()

    # Detours: beside the walk, changing nothing yet.

    def _open(self, question: str) -> None:
        self.target = question
        self._move("revisit" if self.state == state_name(self.dialog.flow, CHANGE) else "imagine")
        self._stay(Detour(self.state, question))

    def _stay(self, detour: Detour) -> None:
        self.session = self.session.moved(replace(self.session.plan, detour=detour))
        self.ask()

    # Rooms: their keepers move the conversation by these.

    def enter(self, room: str, about: str = "") -> bool:
        """Goes into a room, or one it needs first, and shows it; False where there is no way from here."""
        if room not in self.dialog.flow.rooms:
            return False
        if first := KEEPERS[room].needs(self.view):
            room, about = first, room
        if not self._move(room):
            return False
        self._stay(Detour(self.state, about=about))
        return True

    def leave(self) -> None:
        """Leaves the room for the walk, without a word."""
        self.talk_about(self.session)

    def talk_about(self, session: Session) -> None:
        """Goes on in the walk of the interview that a session has open, out of any room."""
        plans = tuple([replace(plan, detour=None) if plan.detour else plan for plan in session.plans])
        session = replace(session, plans=plans)
        self.session = session.moved(session.plan)
        # Where it isn't out of a room, as when a reminder turns to another interview, the way is back.
        self._move("leave") or self._move("back")

    def say(self, template: str, block: str = "text", **variables: object) -> None:
        """Says something to which nothing is to be answered."""
        self.messages.append(self.view.tell(template, block, replaces=None, **variables))

    # Reminders: the session says which are wanted, and whoever stores it sees to the time.

    def _due(self, name: str) -> None:
        """Comes back to somebody who asked for it; without a word where they no longer want it."""
        wanted = self.session.reminder(name)
        if not wanted or self.now < wanted.at - EARLY_MOST:
            return
        self.remind_not(name)
        later = civil(self.session, self.now) if name == NUDGE and self.view.zone else None
        if later and later > self.now:
            self.remind(Reminder(NUDGE, later))
            return
        if name != NUDGE:
            due(self, name, self.now - wanted.at)
        # Somebody in distress is left in peace, whatever they asked for before.
        elif not self.view.resting:
            self.understood()
            self.messages += [self.view.nudge(self.now - wanted.at), *self.view.open()]

    def remind(self, reminder: Reminder) -> None:
        """Asks for a reminder, in place of the one of its name."""
        self.remind_not(reminder.name)
        self.session = replace(self.session, reminders=(*self.session.reminders, reminder))

    def remind_not(self, name: str) -> bool:
        """Calls one reminder off; False where there is none."""
        left = tuple(reminder for reminder in self.session.reminders if reminder.name != name)
        return self._keep_reminders(left)

    def _remind_no_more(self, only: int | None = None) -> bool:
        """Calls all reminders off, or only one interview's and the nudge; False where there are none."""
        before = self.session.reminders
        left = () if only is None else tuple([each for each in before if each.name not in (NUDGE, *of(only))])
        self.session = replace(unwanted(self.session, only), reminders=left)
        return left != before

    def _keep_reminders(self, reminders: tuple[Reminder, ...]) -> bool:
        changed = reminders != self.session.reminders
        if changed:
            self.session = replace(self.session, reminders=reminders)
        return changed

    # What is kept of somebody: theirs to have and to erase.

    def _export(self) -> None:
        """Hands over all that is kept, in a file to read and one for programs."""
        self.understood()
        view = self.view
        files = (
            Attachment("file", JSON_FILE, as_json(view)),
            Attachment("file", READABLE_FILE, as_markdown(view)),
        )
        self.messages.append(replace(view.note("export"), attachments=files))

    def forget(self) -> None:
        """Begins with nothing known; whoever stores the session erases all there was."""
        self.session = Session(self.session.locale, forgotten=True)
        self._move("leave")

    # Whether it was of use is asked once, and can be answered until something else is done.

    def _ask_useful(self) -> None:
        last = self.messages[-1]
        if USEFUL in self.session.settings or last.state != state_name(self.dialog.flow, DONE):
            return
        self.session = self.session.with_settings(**{USEFUL: str(self.session.asked)})
        self.messages[-1] = self.view.asking_useful(last)

    def _count(self, useful: Useful) -> None:
        """Has an answer counted, and keeps nothing of it: only that there is none to give any more."""
        self.session = self.session.moved(self.session.plan)
        self.messages.append(replace(self.view.note("useful", "thanks"), counts=useful))

    # What is said.

    def ask(self, *, briefly: bool = False) -> None:
        """Asks what is open now; briefly, with the last message alone, which has the buttons."""
        self.messages += self.view.open()[-1:] if briefly else self.view.open()

    def _beside(self, aside: Aside) -> None:
        if aside.alone:
            self._stay(Detour(self.state))
        else:
            self.understood()
            self.messages += self.view.aside(aside)

    def _not_here(self) -> None:
        self._note("not_here", "text" if self.view.in_walk else "later")

    def _note(self, template: str, block: str = "text", **variables: object) -> None:
        self.understood()
        self.messages.append(self.view.note(template, block, **variables))

    def _stale(self, block: str = "text") -> None:
        """An old button or form, or one that never was: nothing changes, and what is open comes again."""
        self.messages += [self.view.tell("stale", block), *self.view.open()]

    def understood(self) -> None:
        """Notes that what was said last was understood."""
        if self.session.unclear or self.session.shown:
            self.session = replace(self.session, unclear=0, shown=())

    def _unclear(self, times: int) -> None:
        """Asks again: in a word, then with the buttons and a plain hint, then with the menu; and so on."""
        self.session = replace(self.session, unclear=times, shown=())
        if times == 1:
            self.messages.append(self.view.note("unclear", "once"))
        elif times < MENU_AFTER:
            self.messages += [self.view.tell("unclear", "twice"), *self.view.open()]
        else:
            self._instead(self.view.menu())

    def _instead(self, message: Message) -> None:
        """Shows other buttons than the open question's; their numbers hold until something else is shown."""
        self.session = replace(self.session, shown=tuple(choice.option for choice in message.choices))
        self.messages.append(message)


_ANYWHERE = frozenset(
    {"skip", "stop", "again", "menu", "none_of_these", "remind", "remind_off", "export", *USEFUL_ANSWERS}
)
"""Commands that the machine has no trigger for, since they change no state of their own.

"gone", "unreadable" and "edited" are none of them: a platform says so of a person, and nobody can of
themselves.
"""
