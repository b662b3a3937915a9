"""Lesions and diameters from the definitions alone: plain loops, slow, sharing no code.

Flood fill for what a rim encloses and for components, every chord of the outline for diameters.
The outline is scikit-image's.
"""

import itertools
from collections import deque

import numpy as np
from skimage.measure import find_contours

NEAR = 1e-6
ALONG_AXES = ((-1, 0), (1, 0), (0, -1), (0, 1))


def flooded(free: set, starts) -> set:
    """Points of `free` that are reached from the starts in steps along the axes."""
    seen = {one for one in starts if one in free}
    queue = deque(seen)
    while queue:
        x, y = queue.popleft()
        for dx, dy in ALONG_AXES:
            step = (x + dx, y + dy)
            if step in free and step not in seen:
                seen.add(step)
                queue.append(step)
    return seen


def enclosed_in_slice(rim, spacing, gap):
    """Voxels that the rim encloses; half voxels are counted: voxel i has its centre at 2 i."""
    sx, sy = spacing
    margin = 2 * (int(np.ceil(gap / min(spacing))) + 1)
    squares = [(int(2 * x), int(2 * y)) for x, y in np.argwhere(rim)]
    xs = range(-margin, 2 * rim.shape[0] + margin - 1)
    ys = range(-margin, 2 * rim.shape[1] + margin - 1)
    corner = (xs[0], ys[0])

    def clearance(point):
        return min(
            np.hypot(
                max(abs(point[0] - x) - 1, 0) * sx / 2,
                max(abs(point[1] - y) - 1, 0) * sy / 2,
            )
            for x, y in squares
        )

    room = {point: clearance(point) for point in itertools.product(xs, ys)}
    covered, shut_before = set(), set()
    for radius in sorted({round(value, 9) for value in room.values() if value <= gap / 2 + NEAR}):
        centres = {point for point, value in room.items() if value > radius + NEAR}
        left = centres - flooded(centres, [corner]) - shut_before
        shut_before |= left
        while left:
            pocket = flooded(left, [next(iter(left))])
            left -= pocket
            if max(room[point] for point in pocket) < 2 * radius - NEAR:
                continue
            covered |= {
                point
                for point in room
                if any(
                    np.hypot((point[0] - x) * sx / 2, (point[1] - y) * sy / 2) <= radius + NEAR
                    for x, y in pocket
                )
            }
    voxels = set(itertools.product(range(-1, rim.shape[0] + 1), range(-1, rim.shape[1] + 1)))
    solid = {(x // 2, y // 2) for x, y in covered | set(squares) if x % 2 == y % 2 == 0}
    outside = flooded(voxels - solid, [(-1, -1)])
    answer = np.zeros(rim.shape, dtype=bool)
    for x, y in itertools.product(*map(range, rim.shape)):
        answer[x, y] = (x, y) not in outside and not rim[x, y]
    return answer


def enclosed(enhancing, spacing, gap):
    answer = np.zeros(enhancing.shape, dtype=bool)
    for z in range(enhancing.shape[2]):
        if enhancing[:, :, z].any():
            answer[:, :, z] = enclosed_in_slice(enhancing[:, :, z], spacing[:2], gap)
    return answer


def pieces(mask):
    """Components under 26 neighbours."""
    left = {tuple(map(int, one)) for one in np.argwhere(mask)}
    while left:
        queue = [left.pop()]
        part = np.zeros(mask.shape, dtype=bool)
        while queue:
            here = queue.pop()
            part[here] = True
            for step in itertools.product((-1, 0, 1), repeat=3):
                there = tuple(a + b for a, b in zip(here, step, strict=True))
                if there in left:
                    left.remove(there)
                    queue.append(there)
        yield part


def stays_within(mask, spacing, start, end):
    """Whether a chord strays from the mask by one voxel sideways at most."""
    samples = int(np.ceil(2 * np.linalg.norm(np.multiply(spacing, mask.shape)) / min(spacing))) + 1
    for share in np.linspace(0.0, 1.0, samples):
        at = (start + share * (end - start)) / spacing
        # On the border of two voxels it lies in both.
        touched = {
            tuple(round(float(a + shift)) for a, shift in zip(at, (dx, dy), strict=True))
            for dx, dy in itertools.product((-1e-6, 1e-6), repeat=2)
        }
        near = {(x + dx, y + dy) for x, y in touched for dx, dy in (*ALONG_AXES, (0, 0))}
        if not any(mask[one] for one in near):
            return False
    return True


def diameters_in_slice(mask, spacing):
    """Longest chord and its longest perpendicular; of equal longest, that with the longer one."""
    rows, columns = np.nonzero(mask)
    mask = mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    mask = np.pad(mask, 2)
    contours = [
        one * spacing for one in find_contours(mask.astype(float), 0.5, fully_connected="high")
    ]
    points = np.unique(np.concatenate(contours).round(9), axis=0)
    chords = [
        (float(np.linalg.norm(b - a)), a, b)
        for a, b in itertools.combinations(points, 2)
        if stays_within(mask, spacing, a, b)
    ]
    longest = max(chord[0] for chord in chords)
    segments = [pair for one in contours for pair in itertools.pairwise(one)]
    best = 0.0
    for length, a, b in chords:
        if length < longest - NEAR:
            continue
        along = (b - a) / length
        for level in {round(float(point @ along), 9) for point in points}:
            met = []
            for p, q in segments:
                low, high = sorted((p @ along, q @ along))
                if high - low > 1e-9 and low - 1e-9 <= level <= high + 1e-9:
                    share = min(max((level - p @ along) / ((q - p) @ along), 0.0), 1.0)
                    met.append(p + share * (q - p))
            for p, q in itertools.combinations(met, 2):
                if np.linalg.norm(q - p) > best and stays_within(mask, spacing, p, q):
                    best = float(np.linalg.norm(q - p))
    return longest, best


def diameters(mask, spacing):
    """Those of the slice with the largest product."""
    found = [
        diameters_in_slice(mask[:, :, z], spacing[:2])
        for z in range(mask.shape[2])
        if mask[:, :, z].any()
    ]
    return max(found, key=lambda one: (round(one[0] * one[1], 6), *one))


def enhancing_diameters(labels, spacing, gap):
    """Of every piece of enhancing tumour with what it encloses, however small."""
    enhancing = labels == 1
    whole = enhancing | enclosed(enhancing, spacing, gap)
    return sorted(diameters(piece, spacing) for piece in pieces(whole))
