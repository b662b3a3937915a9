"""List what the sheets and the configuration no longer name, and remove it after a yes.

Visits and patients with their records, logs and benchmarks, and images of candidates that are no
longer compared. Nothing runs again because of it.
"""

import argparse
import sys
from pathlib import Path

from gadless.audit.prune import BESIDE, PATIENTS, SHARED, Superfluous, remove
from gadless.audit.seal import seal_anew
from gadless.commands.words import amount, counted, shown
from gadless.commands.workflow import workflow_folder

HELP = "remove what the sheets no longer name"


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--configfile",
        nargs="+",
        type=Path,
        default=[Path("config/config.yaml")],
        metavar="FILE",
        help="as for snakemake (default: config/config.yaml)",
    )
    parser.add_argument("--yes", action="store_true", help="remove without asking")
    parser.add_argument("--all", action="store_true", help="list everything, not the first few")


def run(given: argparse.Namespace) -> int:
    """List, ask, remove."""
    # Late: `verify` need not wait for what reads sheets.
    from gadless.jobs.unnamed import find_unnamed

    found = find_unnamed(given.configfile, workflow_folder())
    _say(in_words(found, every=given.all))
    whole = sum(found.sizes.values())
    if not found.sizes:
        return 0
    if not given.yes and not _agreed(f"Remove {amount(whole)}? Type yes: "):
        _say(["Nothing was removed."])
        return 0
    seal_anew(found.folder, remove(found))
    _say([f"Removed {counted(len(found.sizes), 'file')}, {amount(whole)}."])
    return 0


def in_words(found: Superfluous, *, every: bool = False) -> list[str]:
    """Tell what may go, with sizes, and what stays though it lies there."""
    if not found.sizes:
        lines = [f"{found.folder}: holds nothing that is no longer named"]
    else:
        lines = [f"{found.folder}: no longer named:"]
    visits = found.visits()
    listed = [f"{patient} {visit}  {amount(size)}" for (patient, visit), size in visits.items()]
    if listed:
        lines += [f"{counted(len(listed), 'visit')}, {amount(sum(visits.values()))}:"]
        lines += shown(listed, every=every)
    for kind, what in ((PATIENTS, "tables of patients"), (BESIDE, BESIDE), (SHARED, SHARED)):
        if files := found.files[kind]:
            size = amount(sum(files.values()))
            lines.append(f"{counted(len(files), 'file')} ({what}), {size}")
            if every:
                lines += shown(sorted(files), every=True)
    for product, files in sorted(found.images.items()):
        lines.append(f"{counted(len(files), 'image')} of {product}, {amount(sum(files.values()))}")
        if every:
            lines += shown(sorted(files), every=True)
    if found.strange:
        lines += ["none of ours, and so it stays:", *shown(found.strange, every=every)]
    return lines


def _agreed(question: str) -> bool:
    sys.stdout.write(question)
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() == "yes"


def _say(lines: list[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
