"""The tables of `docs/tables.md`, written from the vocabulary.

``python -m gadless.vocabulary`` rewrites them between their marks; a test fails when they drift.
"""

import re
from collections.abc import Iterable
from itertools import groupby

from gadless.vocabulary import ANALYSIS_SETS, ENDPOINTS, OUTCOMES, TABLES
from gadless.vocabulary.records import Analysis, Term, Word

MANUAL = "docs/tables.md"
_MARKED = re.compile(r"(<!-- vocabulary: (.+?) -->\n).*?(<!-- /vocabulary -->)", re.DOTALL)


def rewritten(text: str) -> str:
    """Fill every marked place of the manual anew.

    Raises
    ------
    KeyError
        If a mark names nothing of the vocabulary.
    """
    blocks = {
        "analysis sets": _words("analysis set", ANALYSIS_SETS),
        "endpoints": _words("endpoint", ENDPOINTS),
        "outcomes": _words("outcome", OUTCOMES),
        **{name: _analyses(found) for name, found in TABLES.items()},
    }
    return _MARKED.sub(lambda mark: f"{mark[1]}{blocks[mark[2]]}\n{mark[3]}", text)


def _words(heading: str, words: Iterable[Word]) -> str:
    rows = [f"| `{word}` | {_cell(word.label)} | {_cell(word.meaning)} |" for word in words]
    return "\n".join([f"| {heading} | on the page | meaning |", "| --- | --- | --- |", *rows])


def _analyses(analyses: tuple[Analysis, ...]) -> str:
    """Write one table of terms for analyses that follow each other and share theirs."""
    parts = []
    for terms, group in groupby(analyses, key=lambda one: one.terms):
        alike = list(group)
        names = ", ".join(f"`{one}`" for one in alike)
        if len(alike) == 1:
            parts.append(f"### {names}: {alike[0].label}\n\n{alike[0].meaning}")
        else:
            listed = "\n".join(f"- `{one}` ({one.label}): {one.meaning}" for one in alike)
            parts.append(f"### {names}\n\n{listed}")
        parts.append(_terms(terms))
    return "\n\n".join(parts) + "\n"


def _terms(terms: tuple[Term, ...]) -> str:
    rows = ["| term | unit | meaning | a positive difference, a ratio above 1 |"]
    rows.append("| --- | --- | --- | --- |")
    rows += [f"| `{t}` | {t.unit.name} | {_cell(t.meaning)} | {_cell(t.sign)} |" for t in terms]
    return "\n".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
