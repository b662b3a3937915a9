"""Say whether results still match their records and provenance.json, and which do not.

Reads every file that a job recorded and every input. Exit status: 0 where all match, 1 where not.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from gadless.audit.verify import WORDS, Verdict, verify
from gadless.commands.words import amount, counted, shown

HELP = "do results still match their records, and which do not?"

_EVERY = 0.5


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "results", nargs="?", default="results", type=Path, help="results folder (default: results)"
    )
    parser.add_argument("--no-inputs", action="store_true", help="leave scans, sheets, weights out")
    parser.add_argument("--all", action="store_true", help="list every finding, not the first few")
    parser.add_argument("--json", action="store_true", help="for a program: all findings as JSON")
    parser.add_argument(
        "--cores", type=int, default=None, metavar="N", help="files read at a time (default: all)"
    )


def run(given: argparse.Namespace) -> int:
    """Verify, and tell."""
    verdict = verify(
        given.results,
        inputs=not given.no_inputs,
        workers=max(given.cores, 1) if given.cores is not None else None,
        progress=_progress(),
    )
    text = as_json(verdict) if given.json else "\n".join(in_words(verdict, every=given.all))
    sys.stdout.write(f"{text}\n")
    return 0 if verdict.matches else 1


def in_words(verdict: Verdict, *, every: bool) -> list[str]:
    """Tell a reader: one line that says all, then what was found."""
    results, inputs = counted(verdict.files, "result"), counted(verdict.inputs, "input")
    looked = f"{results} and {inputs}"
    read = f"{looked}, {amount(verdict.size)} read"
    if verdict.matches:
        lines = [f"{verdict.folder}: all as recorded ({read})"]
    else:
        counts = [
            f"{len(found):,} {WORDS[name]}" for name, found in verdict.findings.items() if found
        ]
        lines = [f"{verdict.folder}: DOES NOT MATCH: {'; '.join(counts)} ({read})"]
    for name, found in verdict.findings.items():
        if found:
            lines += ["", f"{WORDS[name]}:", *shown(found, every=every)]
    return [*lines, *(f"note: {note}" for note in verdict.notes)]


def as_json(verdict: Verdict) -> str:
    """Tell a program."""
    content = {
        "results": str(verdict.folder),
        "matches": verdict.matches,
        "files": verdict.files,
        "inputs": verdict.inputs,
        "bytes": verdict.size,
        "findings": verdict.findings,
        "notes": verdict.notes,
    }
    return json.dumps(content, indent=1, ensure_ascii=False)


def _progress() -> Callable[[int, int], None]:
    """Return what tells a person how far it is; nothing where nobody sits there."""
    if not sys.stderr.isatty():
        return lambda _done, _all: None
    last = 0.0

    def tell(done: int, whole: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last > _EVERY or done == whole:
            last = now
            end = "\n" if done == whole else ""
            sys.stderr.write(f"\r{amount(done)} of {amount(whole)} read {end}")
            sys.stderr.flush()

    return tell
