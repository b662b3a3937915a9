"""Category by size alone, compartment by compartment, and of both together."""

from dataclasses import dataclass

from gadless.response.assessment import Track

# Mixed disease, both compartments judged in parallel: RANO 2.0 through rano2.0-assist. That MR
# with PR is PR is assumed. CR of one compartment leaves the answer to the other.
_MIXED = {
    frozenset(pair): result
    for *pair, result in (
        ("PR", "MR", "PR"),
        ("PR", "SD", "PR"),
        ("MR", "SD", "MR"),
        ("CR", "PR", "PR"),
        ("CR", "MR", "MR"),
        ("CR", "SD", "SD"),
    )
}


@dataclass(frozen=True, slots=True)
class Compartment:
    """What the size of one compartment says at one visit, progression aside.

    Attributes
    ----------
    shape : str or None
        CR, PR, MR or SD; None where there is nothing to respond.
    track : Track
    value : float
    capped : bool
        Whether it would be a response had it been measurable at baseline.
    """

    shape: str | None
    track: Track
    value: float
    capped: bool = False

    def held_to(self, *, measurable: bool) -> "Compartment":
        """Return what it may say at best: without measurable disease at baseline, SD.

        Once nothing is left of it, it leaves the answer to the other compartment, as CR does.
        """
        if measurable or self.shape in (None, "SD"):
            return self
        return Compartment(None if self.shape == "CR" else "SD", self.track, self.value, True)

    def joined(self, other: "Compartment | None") -> "Compartment":
        """Combine with the other compartment: the one whose category the pair takes."""
        if other is None:
            return self
        if other.shape is None:
            return other if self.shape is None and other.capped else self
        shape = self.shape and _combined(self.shape, other.shape)
        return self if self.shape is not None and shape == self.shape else other


def _combined(first: str, second: str) -> str:
    return first if first == second else _MIXED[frozenset((first, second))]
