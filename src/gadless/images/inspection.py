"""What a scan's header and numbers say of it, against the limits, before anything is done to it."""

from collections.abc import Mapping

from gadless.images.quality import Findings, Limit
from gadless.images.reading import Scan


def inspect(
    scan: Scan, sequence: str, title: str, known: Mapping[str, Limit], findings: Findings
) -> None:
    """Record what was believed of a scan's place, and hold its header and numbers to their limits.

    Parameters
    ----------
    scan : Scan
    sequence, title : str
    known : mapping of str to Limit
        `gadless.images.quality.limits`.
    findings : Findings

    Raises
    ------
    DataFault
        If the header contradicts itself on the voxel's size, or the numbers are not those of a
        scanner.
    """
    if not scan.oriented:
        findings.note(sequence, "read", "orientation", "not stated in header", warn=True)
    _placing(scan, sequence, title, known, findings)
    findings.note(sequence, "read", "voxels cut to the ceiling", scan.spikes)
    if scan.intensity.outside:
        figure = "voxels outside the head that were no number, now 0"
        findings.note(sequence, "read", figure, scan.intensity.outside)
    held = (
        (
            "negative",
            "share of voxels below zero",
            f"{scan.intensity.negative:.0%} of its voxels lie below zero: it was z-scored or"
            " subtracted, or whole numbers ran over; give the image as the scanner made it",
        ),
        (
            "saturated",
            "share of voxels at the highest value",
            f"{scan.intensity.saturated:.0%} of its voxels have the highest value: its bright parts"
            " are cut off; convert it anew",
        ),
        (
            "jumps",
            "share of neighbours that differ by most of the range",
            "bright voxels lie beside dark ones all over the head: whole numbers ran over"
            " (wrapped); convert it anew, with a wider type",
        ),
        (
            "air",
            "brightness of the darkest voxels, as a share of tissue's",
            f"air is {scan.intensity.air:.0%} as bright as tissue: an amount was added to all"
            " numbers (an intercept that was not taken off); convert it anew",
        ),
    )
    for name, figure, reason in held:
        value = getattr(scan.intensity, name)
        findings.hold(sequence, "read", figure, value, known[name], f"{title}: {reason}")


def _placing(
    scan: Scan, sequence: str, title: str, known: Mapping[str, Limit], findings: Findings
) -> None:
    placing = scan.placing
    if placing is None:
        return
    findings.note(sequence, "read", "place stated by", placing.rule)
    if placing.size is not None:
        figure = f"voxel's edges by {placing.rule} against pixdim, difference"
        reason = (
            f"{title}: its header contradicts itself: the voxel's edges by {placing.rule} and by"
            f" pixdim differ by {placing.size:.0%}; find out which are true, and mend the header"
        )
        findings.hold(sequence, "read", figure, placing.size, known["header_size"], reason)
    if placing.turn_degrees is not None and placing.shift_mm is not None:
        figure = "turn between sform and qform, degrees"
        findings.hold(sequence, "read", figure, placing.turn_degrees, known["header_turn"])
        figure = "distance between sform and qform, mm"
        findings.hold(sequence, "read", figure, placing.shift_mm, known["header_shift"])
