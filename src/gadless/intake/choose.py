"""Which of several series of a sequence is used: complete, thin, alike with T1c, the last."""

from collections.abc import Mapping, Sequence
from itertools import product

from gadless.intake.classify import FURTHER, USED, Judged

# T1 and T1c that are not acquired alike differ by more than the contrast; a voxel of so many mm
# more is the lesser evil.
_UNLIKE_MM = 5.0
# A head has 120 mm and more from base to vertex; less is a slab of it.
_HEAD_MM = 100.0
SMALLEST_MM = 60.0
"""As `gadless.images.reading` asks for."""
_SLAB_MM = 20.0
_ALIKE = 0.05
_COMPUTED_MM = 0.75
_FAT_MM = 0.5


def usable(one: Judged) -> str:
    """Return why a series cannot be used, or nothing."""
    series = one.series
    if series.fault or series.doubt:
        return series.fault or series.doubt
    if series.volumes > 1:
        return f"it has {series.volumes} images at each place (4D); give one of them"
    if series.extent is not None and _covered(one) < SMALLEST_MM:
        return f"it covers {_covered(one):.0f} mm, no head"
    return ""


def alike(one: Judged, other: Judged) -> bool:
    """Whether two series were acquired by one protocol: a repeat, or before and after contrast."""
    a, b = one.series, other.series
    pairs = ((a.te, b.te), (a.tr, b.tr), (a.ti, b.ti), (a.thickness, b.thickness), (a.flip, b.flip))
    same = all(_near(x, y) for x, y in pairs)
    fat = ("fatsat" in one.words) == ("fatsat" in other.words)
    return same and fat and a.plane == b.plane


def _near(x: float | None, y: float | None) -> bool:
    if not x or not y:
        return not x and not y
    return abs(x - y) <= _ALIKE * max(x, y)


def choose(exam: Sequence[Judged], main: str = "") -> dict[str, Judged]:
    """Choose a series for each sequence of an exam.

    Parameters
    ----------
    exam : sequence of Judged
    main : str
        Study whose series come before those of another study of the same day.

    Returns
    -------
    dict of str to Judged
        By sequence; one of which nothing is usable is absent.
    """
    able: dict[str, list[Judged]] = {}
    for one in exam:
        if not usable(one) and one.sequence not in ("unsure", "derived"):
            able.setdefault(one.sequence, []).append(one)
    able = {name: _of_whole_ones(ones) for name, ones in able.items()}
    chosen = {name: min(ones, key=lambda one: _rank(one, main)) for name, ones in able.items()}
    if "t1" in able and "t1c" in able:
        pairs = product(able["t1"], able["t1c"])
        chosen["t1"], chosen["t1c"] = min(pairs, key=lambda pair: _pair_rank(pair, main))
    return chosen


def _of_whole_ones(ones: Sequence[Judged]) -> list[Judged]:
    """Leave out series that end early where one acquired alike does not."""
    return [
        one
        for one in ones
        if not any(
            alike(one, other) and other.series.slices > one.series.slices and other is not one
            for other in ones
        )
    ]


def _cost(one: Judged) -> float:
    """Return how far a series is from what is wanted, as mm of a voxel."""
    slab = _SLAB_MM if one.series.extent is not None and _covered(one) < _HEAD_MM else 0.0
    return (
        round(one.series.edge)
        + slab
        + _COMPUTED_MM * one.derived
        + _FAT_MM * ("fatsat" in one.words)
        # A contrast that agent changes too: the one before it.
        + _FAT_MM * ("post" in one.words and one.sequence in ("t2", "flair"))
    )


def _covered(one: Judged) -> float:
    return (one.series.extent or 0.0) + (one.series.thickness or 0.0)


def _late(one: Judged) -> float:
    return -(one.series.start or 0.0) - (one.series.head.series_number or 0.0) * 1e-3


def _rank(one: Judged, main: str) -> tuple[bool, float, float]:
    return (one.series.head.study != main and bool(main), _cost(one), _late(one))


def _pair_rank(pair: tuple[Judged, Judged], main: str) -> tuple[bool, float, float, float]:
    t1, t1c = pair
    elsewhere = bool(main) and (t1.series.head.study != main or t1c.series.head.study != main)
    cost = _cost(t1) + _cost(t1c) + (0.0 if alike(t1, t1c) else _UNLIKE_MM)
    return (elsewhere, cost, _late(t1c), _late(t1))


def why_not(one: Judged, chosen: Mapping[str, Judged]) -> str:
    """Return why a series was not used, in words."""
    fault = usable(one)
    if fault:
        return fault
    if one.sequence == "unsure":
        return f"not sure what it is: {'; '.join(one.reasons)}"
    best = chosen.get(one.sequence)
    if best is None or one.sequence not in (*USED, *FURTHER):
        return "; ".join(one.reasons)
    if alike(one, best):
        if one.series.slices < best.series.slices:
            slices = f"{one.series.slices} of {best.series.slices} slices"
            return f"ended early ({slices}); another one acquired alike is complete"
        return "repeated: the later complete one is used"
    if _cost(best) < _cost(one):
        return "another one has smaller voxels, covers more of the head or is no derived image"
    pair = "t1c" if one.sequence == "t1" else "t1"
    if pair in chosen and alike(best, chosen[pair]):
        return f"another one was acquired like the {pair}"
    return "a later one is used"
