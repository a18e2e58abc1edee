"""What authors run: lint, points, graph and replay. Each prints what it finds and returns the exit code."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from bot.exits import FOUND, MISUSED
from dialogs.content import load
from dialogs.graph import graph
from dialogs.lint import lint
from dialogs.points import ALL, points
from dialogs.transcript import Played, coverage, difference, parse, play, write
from dialogs.walks import walks


def run_lint(_: argparse.Namespace) -> int:
    """``whatif lint``: every fault of the dialog with file, line and cure."""
    dialog = load(marking=True)
    faults = lint(dialog)
    for fault in faults:
        print(fault)
    if faults:
        print(f"faults found: {len(faults)}; mend them and run `whatif lint` again")
        return FOUND
    print(f"no faults in {dialog.flow.dialog} ({', '.join(dialog.words)})")
    return 0


def run_points(arguments: argparse.Namespace) -> int:
    """``whatif points``: each point with the sentence that makes it; with `json`, every one and its walk."""
    found = points(walks(load(marking=True)))
    reached = [point for point in ALL if found[point]]
    if arguments.json:
        listed = {point: [asdict(sentence) for sentence in found[point]] for point in ALL}
        print(json.dumps(listed, ensure_ascii=False, indent=1))
    else:
        width = max((len(found[point][0].state) for point in reached), default=0)
        for point in reached:
            print(f"{point:4}{found[point][0].state:{width}}  {found[point][0].text}")
        print(f"{len(reached)} of {len(ALL)}")
    missing = [point for point in ALL if point not in reached]
    if missing:
        print(f"nobody can reach {', '.join(missing)}; `whatif lint` says more", file=sys.stderr)
    return FOUND if missing else 0


def run_graph(_: argparse.Namespace) -> int:
    """``whatif graph``: the dialog as a Mermaid diagram."""
    print(graph(load()), end="")
    return 0


def run_replay(arguments: argparse.Namespace) -> int:
    """``whatif replay``: plays transcripts.

    Takes `files`; with `update` their text is written anew from what was typed, with `coverage` it is
    said what they show together, and what they miss.
    """
    dialog = load()
    turns: list[Played] = []
    code = 0
    for path in map(Path, arguments.files):
        try:
            # Line ends as they are: a transcript is compared letter by letter.
            stands = path.read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            print(f"whatif replay: {path}: {reason}; name a transcript", file=sys.stderr)
            return MISUSED
        transcript = parse(stands)
        played = list(play(dialog, transcript))
        turns += played
        text = write(transcript, played)
        if arguments.update:
            if text != stands:
                path.write_bytes(text.encode())
                print(f"{path}: written anew")
        elif found := difference(stands, text):
            print(f"{path}:{found.line}: another answer than it was\n{found}")
            code = FOUND
    if code:
        print("mend the dialog or, where the new answers are meant, run `whatif replay --update FILE…`")
    elif not arguments.update:
        print(f"transcripts that play as they stand: {len(arguments.files)}")
    if arguments.coverage:
        for covered in coverage(dialog, turns):
            print(covered)
            if covered.missing:
                print(f"  missing: {', '.join(covered.missing)}; add a transcript that shows them")
                code = FOUND
    return code
