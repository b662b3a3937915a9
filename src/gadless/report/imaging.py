"""The methods of the images in words: what was made of them, by what, and what others made."""

from gadless.report import origins, words
from gadless.report.results import Results
from gadless.trial.config import Config

_GIVES = {
    "map": "predict the T1 subtraction map (after minus before contrast)",
    "t1c": "predict the T1 after contrast",
    "labels": "label the tumour without an image of contrast,",
}


def paragraphs(results: Results) -> list[tuple[str, str]]:
    """Return headed paragraphs: how images were made and measured, or that none were."""
    if results.config.visits is None:
        return _measured(results.config)
    measured = results.config.measurement
    return [
        ("Images", _preprocessing(results)),
        ("Candidates", _candidates(results)),
        *origins.paragraph(results),
        (
            "Measurement",
            f"Enhancing components under {measured.smallest_lesion_cm3:g} cm³ (connectivity"
            f" {measured.connectivity}) were not counted; a new lesion had to reach"
            f" {measured.smallest_new_lesion_cm3:g} cm³; measurable disease is"
            f" {measured.measurable_mm:g} mm in both perpendicular diameters, taken across what an"
            " enhancing rim encloses in the axial slice, whatever its label (gaps of up to"
            f" {measured.rim_gap_mm:g} mm left aside), and nothing else that does not enhance.",
        ),
    ]


def _preprocessing(results: Results) -> str:
    if results.brought and not results.has("quality"):
        return "No scan was processed: what was measured are masks that came with the sheets."
    images = results.config.preprocess
    made = " made here" if results.brought else ""
    return (
        "Each sequence was brought to canonical orientation, corrected for its bias field (N4) and"
        " registered rigidly to the T1 of its visit; the brain was extracted with"
        f" {images.brain_extraction}; follow-ups were registered rigidly to the patient's first"
        " scan and that one rigidly to the MNI152 template, so that volumes stay true. All was"
        f" resampled once to {images.spacing_mm:g} mm. T1, T2 and FLAIR were normalised from"
        " themselves alone; the T1 after contrast was scaled to the T1, so that no gadolinium"
        f" informs a candidate{made}."
    )


def _candidates(results: Results) -> str:
    """Say which networks predict what from what, and what labels the tumour."""
    if not results.config.candidates:
        return "None: the reference is reported alone."
    alike: dict[tuple[str, str], list[str]] = {}
    sequences = results.config.sequences
    for name in results.config.candidates:
        about = origins.behind(results, name).get(name)
        if about is not None:
            titles = [sequences[x].title if x in sequences else x for x in about.get("inputs", [])]
            what = _GIVES[about.get("output", "map")]
            alike.setdefault((what, words.listing(titles)), []).append(results.label(name))
    sentences = [
        f"{words.listing(labels)} {what if len(labels) > 1 else what.replace(' ', 's ', 1)}"
        + (f" from {seen}." if seen else ".")
        for (what, seen), labels in alike.items()
    ]
    if results.networks is None or origins.SEGMENTER in results.networks:
        told = (results.networks or {}).get(origins.SEGMENTER, {})
        # Gadless's own training shows a segmenter nothing synthetic.
        how = ", trained on acquired contrast only," if told.get("format") == "gadless" else ""
        masks = any(about.get("masks") for about in results.brought.values())
        sentences.append(
            f"One segmenter{how} labels every contrast alike"
            + (", but for masks made elsewhere." if masks else ".")
        )
        if told.get("uptake"):
            sentences.append(
                "What it calls enhancing ends where a voxel enhances by less than"
                f" {told['uptake']:.0%} of what its lesion does (90th percentile)."
            )
    if origins.ABNORMALITY in (results.networks or {}):
        sentences.append(
            "The T2/FLAIR abnormality was found once a visit, from images without contrast, and is"
            " the same on every contrast; enhancing tumour and core are each contrast's own."
        )
    return " ".join(sentences) or "None is made here."


def _measured(config: Config) -> list[tuple[str, str]]:
    return [
        (
            "Measurements",
            f"Tumours were measured elsewhere and read from a table ({config.measurements}); no"
            " image was processed, so this report shows none and judges no image quality.",
        )
    ]
