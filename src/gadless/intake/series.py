"""From files to series: stacks of slices that make one image each, and what is wrong with them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gadless.intake.elements import clock
from gadless.intake.frames import Frame
from gadless.intake.geometry import Places, normal_of, plane_of
from gadless.intake.headers import Instance

# Slices in planes further apart than this (sine of the angle) are of another stack.
_TURNED = 0.02
# As `gadless.images.reading`: axes that are no more perpendicular than this are refused.
TILTED = 0.01
_PHASE = frozenset({"P", "PHASE", "PHASE MAP", "PHASE_MAP", "R", "I", "REAL", "IMAGINARY"})
# What scanners compute into a series beside what was acquired.
_COMPUTED = frozenset({"ADC", "FA", "TRACEW", "T2 MAP", "T1 MAP", "W", "F", "IP", "OP"})


@dataclass(frozen=True)
class Series:
    """One stack of slices: a series, or the part of one that makes an image.

    Attributes
    ----------
    head : Instance
        Of its first file; what holds of all.
    files : tuple of str
    part : str
        What tells it from other parts of its series; empty where it is the whole of it.
    slices, volumes : int
        Positions, and images at each.
    plane : str
        ``axial``, ``sagittal``, ``coronal`` or empty.
    step, extent : float or None
        Mm from slice to slice, and from the first to the last.
    spacing : tuple of float or None
        Mm in the plane.
    te, tr, ti, flip, b_value : float or None
        Ms, degrees, s/mm2.
    echo : int
        Which of the echoes of its series, from 1; 0 where there is one.
    component : str
    start : float or None
        When its first slice was acquired, seconds of the day.
    administered : str
    digest : str
        Of its images' identifiers: another one where it consists of others.
    fault : str
        Why it makes no image; empty where it does.
    doubt : str
        Why it seems incomplete, though it makes one: a person may insist.
    notes : tuple of str
    """

    head: Instance
    files: tuple[str, ...]
    part: str
    slices: int
    volumes: int
    plane: str
    step: float | None
    extent: float | None
    spacing: tuple[float, ...] | None
    te: float | None
    tr: float | None
    ti: float | None
    flip: float | None
    b_value: float | None
    echo: int
    component: str
    start: float | None
    administered: str
    digest: str = ""
    fault: str = ""
    doubt: str = ""
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """What it is known by when it is met again: two patients may share a series' identifier."""
        return (self.head.patient_id, self.head.study, self.head.series, self.part)

    @property
    def thickness(self) -> float | None:
        """From slice to slice, or as the header states it, mm."""
        return self.step or self.head.thickness

    @property
    def edge(self) -> float:
        """Longest edge of a voxel, mm; 99 where it is not known."""
        edges = [*(self.spacing or ()), *([self.thickness] if self.thickness else [])]
        return max(edges, default=99.0)


Piece = tuple[Instance, Frame]


def sorted_into_series(instances: Iterable[Instance]) -> tuple[list[Series], int]:
    """Sort files into series, and series into stacks.

    Returns
    -------
    series : list of Series
        By patient, study, number of the series.
    copies : int
        Files that hold the same image as another one, and were left out.
    """
    once: dict[tuple[Any, ...], Instance] = {}
    copies = 0
    for one in instances:
        # Tools that remove identities may give all images one identifier.
        place = (one.series, one.instance_number, one.frames[0].position, one.frames[0].time)
        key = (one.patient_id, one.sop or one.file, *place)
        copies += key in once
        once.setdefault(key, one)
    together: dict[tuple[str, ...], list[Instance]] = defaultdict(list)
    for one in once.values():
        # Two patients' files may carry one identifier; never mix them.
        together[one.patient_id, one.name, one.birth, one.study, one.series].append(one)
    found = [stack for members in together.values() for stack in _stacks(members)]
    found.sort(key=lambda one: (*_order(one.head), one.part))
    return found, copies


def _order(head: Instance) -> tuple[Any, ...]:
    return (head.patient_id, str(head.date), head.study, head.series_number or 0, head.series)


def _stacks(members: list[Instance]) -> list[Series]:
    members.sort(key=lambda one: (one.instance_number or 0, one.file))
    called = {_called(one) for one in members}
    if len(called) > 1:
        # Two series that were given one identifier.
        return [
            replace(made, part=f"{name}/{made.part}")
            for name in sorted(called)
            for made in _stacks([one for one in members if _called(one) == name])
        ]
    pieces = [(one, frame) for one in members for frame in one.frames]
    turned = _by_orientation(pieces)
    parts = [part for stack in turned for part in _by_image(stack)]
    echoes = sorted({round(t, 1) for part in parts if (t := part[0][1].te) is not None})
    whole = len(parts) == 1
    made = []
    for part in parts:
        te = part[0][1].te
        echo = echoes.index(round(te, 1)) + 1 if te is not None and len(echoes) > 1 else 0
        made.append(_series(part, "" if whole else _part_name(part), echo, whole))
    return _shared_files(made)


def _called(one: Instance) -> str:
    number = "" if one.series_number is None else f"{one.series_number:g}"
    return f"{number}:{sha256(one.descriptions[0].encode()).hexdigest()[:6]}"


def _part_name(part: list[Piece]) -> str:
    frame = part[0][1]
    times = (f"{time:g}" if time else "" for time in (frame.te, frame.ti))
    size = f"{part[0][0].rows}x{part[0][0].columns}"
    kind = _kind(part[0])
    lie = "" if frame.orientation is None else ",".join(f"{x:.1f}" for x in frame.orientation)
    b = "" if frame.b_value is None else f"b{frame.b_value:g}"
    return "/".join([plane_of(frame), *times, size, b, *sorted(kind), lie])


def _by_orientation(pieces: Sequence[Piece]) -> list[list[Piece]]:
    stacks: list[tuple[NDArray[np.float64] | None, list[Piece]]] = []
    for piece in pieces:
        normal = normal_of(piece[1])
        for other, stack in stacks:
            if other is None or normal is None:
                alike = other is None and normal is None
            else:
                alike = bool(np.linalg.norm(np.cross(other, normal)) < _TURNED)
            if alike:
                stack.append(piece)
                break
        else:
            stacks.append((normal, [piece]))
    return [stack for _, stack in stacks]


def _kind(piece: Piece) -> frozenset[str]:
    head, frame = piece
    kind = set(frame.image_type or head.image_type)
    found = {"PHASE"} if kind & _PHASE or frame.component in _PHASE else set()
    return frozenset(found | (kind & _COMPUTED))


def _by_image(stack: list[Piece]) -> list[list[Piece]]:
    """Part a stack by what makes another image: echo, inversion, b-value, size, kind."""
    parts: dict[tuple[Any, ...], list[Piece]] = defaultdict(list)
    for head, frame in stack:
        numbers = (None if x is None else round(x, 1) for x in (frame.te, frame.ti, frame.b_value))
        parts[*numbers, head.rows, head.columns, _kind((head, frame))].append((head, frame))
    return list(parts.values())


def _series(part: list[Piece], name: str, echo: int, whole: bool) -> Series:
    head, frame = part[0]
    places = Places.of([one for _, one in part])
    files = tuple(dict.fromkeys(one.file for one, _ in part))
    times = [time for _, one in part if (time := clock(one.time)) is not None]
    fault = _fault(head, places)
    doubt, notes = ("", ()) if fault else _doubts(part, whole)
    return Series(
        head=head,
        files=files,
        part=name,
        slices=places.count,
        volumes=places.volumes,
        plane=plane_of(frame),
        step=places.step,
        extent=places.extent,
        spacing=frame.spacing,
        te=frame.te,
        tr=frame.tr,
        ti=frame.ti,
        flip=frame.flip,
        b_value=frame.b_value,
        echo=echo,
        component="PHASE" if "PHASE" in _kind(part[0]) else "",
        start=min(times, default=None),
        administered=_said_given(part),
        digest=sha256("".join(sorted({one.sop for one, _ in part})).encode()).hexdigest(),
        fault=fault,
        doubt=doubt,
        notes=notes,
    )


def _said_given(part: Iterable[Piece]) -> str:
    said = {frame.administered for _, frame in part} - {""}
    return said.pop() if len(said) == 1 else ""


def _fault(head: Instance, places: Places) -> str:
    if head.burned:
        return "it has writing burned into its picture, which may name the patient"
    if not places.known:
        return "its slices do not say where they lie (no position or orientation)"
    if places.tilt > TILTED:
        angle = np.degrees(np.arctan(places.tilt))
        return (
            f"its slices are sheared by {angle:.1f} degrees (gantry tilt); resample it to a"
            " perpendicular stack, or ask the site for one"
        )
    if places.least != places.volumes:
        return (
            f"some of its {places.count} positions have {places.volumes} images and some"
            f" {places.least}: slices are missing, or two acquisitions share one series"
        )
    return places.lacking()


def _doubts(part: list[Piece], whole: bool) -> tuple[str, tuple[str, ...]]:
    """Return why a series seems incomplete by its count alone, and what else is to be said."""
    head = part[0][0]
    notes: tuple[str, ...] = ("it was compressed with loss",) if head.lossy else ()
    if not whole:
        return "", notes
    if head.images and len(part) < head.images:
        return f"it has {len(part)} of the {head.images:.0f} images that the scanner made", notes
    numbers = sorted(n for n in {one.instance_number for one, _ in part} if n is not None)
    gaps = numbers[-1] - numbers[0] + 1 - len(numbers) if numbers else 0
    if len(numbers) == len(part) and 0 < gaps <= len(numbers) // 2:
        notes += (f"{gaps:.0f} of its image numbers are missing, though its slices are even",)
    return "", notes


def _shared_files(made: list[Series]) -> list[Series]:
    """Say of parts of one multi-frame file that no tool takes them apart for us.

    dcm2niix parts echoes, and phases from magnitudes (`convert`).
    """
    uses = Counter((file, one.component, one.echo) for one in made for file in one.files)
    what = "its file holds several images (directions, b-values or kinds) in one; export it as"
    return [
        replace(one, fault=one.fault or f"{what} classic DICOM, or convert it by hand")
        if any(uses[file, one.component, one.echo] > 1 for file in one.files)
        else one
        for one in made
    ]
