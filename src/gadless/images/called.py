"""Whether each scan of a visit is the sequence that it is called, in the words of a fault."""

from collections.abc import Mapping

from gadless.errors import DataFault
from gadless.images.appearance import KNOWN, Look, Tissues, enhancement, scores
from gadless.images.quality import Findings, limits
from gadless.images.volume import Mask, Volume
from gadless.trial.config import Preprocess
from gadless.trial.config.sequences import Sequence

STEP = "sequence"

_SEEN = {
    "t1": ("T1", "fluid is dark, and white matter brighter than grey"),
    "t2": ("T2", "fluid is bright"),
    "flair": ("FLAIR", "fluid is dark, and white matter no brighter than grey"),
}

# White matter stands out as much as on the T1: it is one.
_AS_WHITE = 0.05


class WrongT1(DataFault):
    """What is called the T1 is something else, so nothing of the visit can be used."""


class Called:
    """The scans of one visit, looked at as they are made.

    Parameters
    ----------
    t1 : Volume
        As it was made: on the common grid, brain alone.
    brain : ndarray of bool
    sequences : mapping of str to Sequence
    settings : Preprocess
    findings : Findings
    """

    def __init__(
        self,
        t1: Volume,
        brain: Mask,
        sequences: Mapping[str, Sequence],
        settings: Preprocess,
        findings: Findings,
    ) -> None:
        self._t1, self._brain = t1, brain
        self._titles = {name: one.title for name, one in sequences.items()}
        self._tissues = Tissues(t1, brain, settings.seed)
        self._known, self._findings = limits(settings.quality), findings
        self._looks: dict[str, Look] = {}

    def see(self, name: str, image: Volume) -> None:
        """Look at one scan; of a sequence that is not known, nothing is asked."""
        look = self._tissues.look(image) if name in KNOWN else None
        if look is None:
            return
        self._looks[name] = look
        for figure, value in (
            ("how often fluid is brighter than tissue", look.fluid),
            ("how often white matter is brighter than grey", look.white),
        ):
            self._findings.note(name, STEP, figure, value)

    def faults(self, *names: str) -> dict[str, str]:
        """Return the scans among `names` that are another sequence, each with the reason.

        Raises
        ------
        WrongT1
            If the T1 is one of them.
        """
        found, limit = scores(self._looks), self._known["sequence"]
        for name in names:
            if name in found:
                figure = "looks like what it is called, by"
                self._findings.hold(name, STEP, figure, found[name], limit)
        wrong = [name for name in names if name in found and limit.fails(found[name])]
        reasons = {name: self._reason(name) for name in wrong}
        if "t1" in reasons:
            raise WrongT1(reasons["t1"])
        return reasons

    def check_enhancement(self, t1c: Volume) -> None:
        """Hold what is brighter on T1c than on T1 to its limit.

        Raises
        ------
        WrongT1
            If more is darker than is brighter: the two are swapped.
        DataFault
            If nothing much is brighter: no gadolinium was given.
        """
        value, limit = enhancement(self._t1, t1c, self._brain), self._known["enhances"]
        figure = "vessels and plexus brighter than on T1, less darker"
        self._findings.hold("t1c", STEP, figure, value, limit)
        if not limit.fails(value):
            return
        if value < -abs(limit.fail):
            raise WrongT1(
                "T1 and T1c: seem swapped (vessels, sinus and choroid plexus are brighter on what"
                " is called T1)"
            )
        raise DataFault(
            "T1c: looks like a T1 without contrast (vessels, sinus and choroid plexus are no"
            " brighter than on T1)"
        )

    def _reason(self, name: str) -> str:
        title, own = self._titles[name], "t1" if name == "t1c" else name
        like = self._like(name)
        other, why = _SEEN[like]
        if like == own:
            return f"{title}: tissues differ from the visit's other scans as on one sequence twice"
        there = self._looks.get(like)
        swapped = there is not None and self._like(like) == own
        more = f"; it and the {self._titles[like]} seem swapped" if swapped else ""
        return f"{title}: looks like a {other} ({why}){more}"

    def _like(self, name: str) -> str:
        """Return the sequence that a scan looks like, beside the T1 where that looks like one."""
        look, t1 = self._looks[name], self._looks.get("t1")
        if name == "t1" or look.sequence == "t2" or t1 is None or t1.sequence != "t1":
            return look.sequence
        return "t1" if t1.white - look.white < _AS_WHITE else "flair"
