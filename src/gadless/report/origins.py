"""Where what is compared comes from: phantoms or patients, networks, and what others made."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import pandas as pd

from gadless.report import words
from gadless.report.grids import Grid
from gadless.report.results import Results

SEGMENTER, ABNORMALITY = "segmenter", "abnormality"
_OURS = {SEGMENTER: "the segmenter", ABNORMALITY: "the network of the abnormality"}
_NOT_STATED = "not stated"
_CHECKSUM = 12
"""Digits of a checksum that a table shows."""


def opening(results: Results, candidate: str | None = None) -> str:
    """Return what the first sentence begins with, or nothing: phantoms are never passed over.

    Parameters
    ----------
    results : Results
    candidate : str, optional
        Whose networks are meant; none: the patients alone.
    """
    patients = _patients(results)
    names = _learnt_from_phantoms(results, candidate) if candidate is not None else []
    networks = ""
    if names:
        those = f"a {names[0]} that has" if len(names) == 1 else "networks that have"
        networks = f"with {those} learnt from digital phantoms alone"
    if patients and networks:
        return f"{patients}, and {networks}: "
    if patients:
        return f"{patients}: "
    return networks.capitalize() + ", " if networks else ""


def _patients(results: Results) -> str:
    phantoms, everyone = _counts(results)
    if not phantoms:
        return ""
    if phantoms == everyone:
        return "On phantoms, not patients"
    return f"With {words.count(phantoms, 'digital phantom')} among {everyone:,} patients"


def _counts(results: Results) -> tuple[int, int]:
    """Phantoms by the patients sheet's own column, and all patients."""
    table = results.table("patients")
    flagged = pd.to_numeric(table["phantom"], errors="coerce") == 1
    return int(flagged.sum()), len(table)


def behind(results: Results, candidate: str) -> dict[str, Mapping[str, Any]]:
    """Return what is told of each network that a candidate's figures rest on.

    The candidate's own, if a network makes it, the segmenter, and what finds the abnormality;
    nothing (an empty mapping) of one that ought to be there and of which nobody told.
    """
    if results.config.visits is None:
        return {}
    networks, names = results.networks, [candidate, SEGMENTER]
    if networks is None:
        return {name: {} for name in names}
    names += [ABNORMALITY]
    made = {name: networks[name] for name in names if name in networks}
    if candidate not in networks and candidate not in results.brought:
        made[candidate] = {}
    return made


def _learnt_from_phantoms(results: Results, candidate: str) -> list[str]:
    """Name the networks behind a candidate that have seen nothing else, by what they do."""
    told = behind(results, candidate)
    return [
        "segmenter"
        if name == SEGMENTER
        else "network"
        if about.get("output") == "labels"
        else "generator"
        for name, about in told.items()
        if about.get("phantoms_only")
    ]


def caution(results: Results, candidate: str) -> str:
    """Say what follows for a reader from where a candidate comes from; empty: nothing does."""
    phantoms, everyone = _counts(results)
    sentences = []
    if _learnt_from_phantoms(results, candidate) and phantoms < max(everyone, 1):
        sentences.append(
            "How networks that have seen only phantoms do on patients says nothing of how networks"
            " that have learnt from patients would."
        )
    unknown = [
        _name(results, name) for name, about in behind(results, candidate).items() if _silent(about)
    ]
    if unknown:
        sentences.append(
            f"What {words.listing(unknown)} {'has' if len(unknown) == 1 else 'have'} learnt from is"
            " not stated, nor whether patients of this trial were part of it."
        )
    pair = (results.config.reference, candidate)
    others = _made_elsewhere(results, [name for name in pair if name in results.brought])
    if others:
        about = results.brought.get(candidate, {})
        unsure = (
            "no gadolinium reaches a candidate by our doing, but what others' images contain,"
            " Gadless cannot know"
            if about.get("images")
            else "what those who made them saw, Gadless cannot know"
        )
        sentences.append(f"Made elsewhere: {others}; {unsure}.")
    sentences += _unequal_outlines(results, candidate)
    return " ".join(sentences)


def _unequal_outlines(results: Results, candidate: str) -> list[str]:
    """Say so where a pair is not outlined by the same hand: then more than contrast differs."""
    if results.config.visits is None:
        return []
    pair = (results.config.reference, candidate)
    first, second = (_outlined_by(results, name) for name in pair)
    if first == second:
        return []
    reference, label = (results.label(name) for name in pair)
    return [
        f"{reference} is outlined by {first}, {label} by {second}: they differ by more than"
        " contrast."
    ]


def _outlined_by(results: Results, contrast: str) -> str:
    if results.brought.get(contrast, {}).get("masks"):
        return "masks made elsewhere"
    if (results.networks or {}).get(contrast, {}).get("output") == "labels":
        return "its own network"
    return f"the {SEGMENTER}"


def _silent(about: Mapping[str, Any]) -> bool:
    return str(about.get("learnt_from", _NOT_STATED)).startswith(_NOT_STATED)


def _name(results: Results, network: str) -> str:
    return _OURS.get(network) or results.label(network)


def rests_on(results: Results) -> list[str]:
    """Say of every network what it has learnt from, and of every contrast what others made."""
    sentences = []
    told = {
        name: about
        for candidate in results.config.candidates
        for name, about in behind(results, candidate).items()
    }
    if told:
        alike: dict[str, list[str]] = {}
        for name in sorted(told, key=lambda name: name in _OURS):
            seen = str(told[name].get("learnt_from", _NOT_STATED))
            alike.setdefault(seen, []).append(_name(results, name))
        each = [f"{words.listing(names)}: {seen}" for seen, names in alike.items()]
        sentences.append(f"What the networks have learnt from. {'; '.join(each)}.")
    others = _made_elsewhere(results, list(results.brought))
    if others:
        sentences.append(f"Made elsewhere: {others}.")
    return sentences


def _made_elsewhere(results: Results, contrasts: list[str]) -> str:
    """``images of X at 40 visits, masks of Gadolinium at 12 visits``."""
    parts = [
        f"{kind} of {results.label(name)} at {words.count(results.brought[name][kind], 'visit')}"
        for name in contrasts
        for kind in ("images", "masks")
        if results.brought[name].get(kind)
    ]
    return words.listing(parts)


def paragraph(results: Results) -> list[tuple[str, str]]:
    """Return the methods' paragraph on what others made: none where nothing is."""
    others = _made_elsewhere(results, list(results.brought))
    if not others:
        return []
    codings = [
        f"{results.label(name)} by {about['coding']}"
        for name, about in results.brought.items()
        if about.get("coding")
    ]
    labels = f" Labels were read as: {words.listing(codings)}." if codings else ""
    return [
        (
            "Made elsewhere",
            f"The sheets name what others made: {others}.{labels} It enters where ours would be"
            " made and is measured alike. No gadolinium reaches a candidate by Gadless's doing;"
            " what others' images contain, and what those who drew a mask saw, it cannot know.",
        )
    ]


def networks(results: Results) -> Grid | None:
    """Lay out what each network says of where it comes from; None where none is used."""
    told = results.networks or {}
    if not told:
        return None
    rows = [
        (
            _name(results, name).removeprefix("the ").capitalize()
            if name in _OURS
            else results.label(name),
            str(about.get("learnt_from", _NOT_STATED)),
            about.get("licence") or _NOT_STATED,
            about.get("date") or words.DASH,
            _figures(about["figures"]),
            _weights(about),
        )
        for name, about in told.items()
    ]
    return Grid(
        "Where the networks come from",
        "What each says of where it comes from: in its weights' own header, or else in the"
        " configuration. Figures are on exams held out of its own training, not on this trial.",
        ("Network", "Has learnt from", "Licence", "Made", "On held-out exams", "Weights"),
        tuple(rows),
        "weights",
    )


def _figures(figures: Mapping[str, float]) -> str:
    known = {what: x for what, x in figures.items() if not words.missing(x)}
    return "; ".join(f"{what} {x:.3g}" for what, x in known.items()) or words.DASH


def _weights(about: Mapping[str, Any]) -> str:
    checksum = str(about.get("weights") or "")[:_CHECKSUM]
    kind = None if about.get("format") == "gadless" else about.get("format")
    # The file's name alone: where it lies on somebody's machine is no concern of a reader's.
    return ", ".join(part for part in (PurePath(about["source"]).name, kind, checksum) if part)
