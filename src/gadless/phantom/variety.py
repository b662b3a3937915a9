"""What scanners, tumours and vessels may look like in exams that networks learn from.

A trial's phantoms have three scanners and one kind of tumour; real exams do not. What is drawn
here is drawn for each patient of a training cohort: protocols, noise, slices, vessels and the
tumour's own tissue. The relation between sequences stays physical: it is all that tells a generator
what enhances.

Ranges follow what was measured on 34 real exams (docs/phantom.md): mean subtraction of enhancing
tumour 0.17 to 1.42 of the brain's median, noise of the subtraction 0.056, cores at 0.61 to 1.08 of
the brain's median on T1, sixteen voxels of vessels and dura that enhance for one of tumour.
"""

from dataclasses import dataclass, field

import numpy as np

from gadless.phantom.fields import random_stream

Pair = tuple[float, float]


@dataclass(frozen=True)
class Tissue:
    """Proton density (of pure water), T1 and T2 in seconds."""

    density: float
    t1: float
    t2: float


@dataclass(frozen=True)
class Scanner:
    """A protocol; seconds and degrees."""

    t1_tr: float
    t1_te: float
    t1_flip: float
    t2_tr: float
    t2_te: float
    flair_tr: float
    flair_te: float
    flair_ti: float


SOLID = Tissue(0.85, 1.25, 0.108)
OEDEMA = Tissue(0.92, 1.65, 0.165)
NECROSIS = Tissue(0.96, 2.60, 0.350)


@dataclass(frozen=True)
class Variety:
    """How one exam departs from the usual phantom; the default departs in nothing.

    Attributes
    ----------
    solid, oedema, necrosis : Tissue
    water_effect : float
        Change of log T1 and log T2 of solid tumour for one sd of its water content.
    oedema_weight : float
        Share of oedema in its voxels; the rest is the tissue beneath.
    tumour_mm, solid_mm : float
        Gadolinium of tumour that enhances, and that does not, mM.
    vessels_mm : float
        Radius at which pial vessels are drawn, in sd of two random fields; 0: none.
    vessel_strength : float
        Factor of gadolinium in blood, plexus and dura.
    dura_mm : float
        Gadolinium of the brain's outermost shell, mM.
    blood : float
        Share of core and solid tumour with T1-bright blood.
    cavity : bool
        The core is a resection cavity: fluid, and no part of the tumour's labels.
    shape_noise, core_noise, ragged : float
        Of the log radius of tumour and core, and of the log speed of oedema.
    rim_mm : float
        Least thickness of the rim, where the volumes allow it.
    before, after : Scanner or None
        Protocols of T1, T2, FLAIR and of T1 after contrast; None: the site's.
    noise, bias : float
        Factors of the noise and of the log receive field.
    slices : mapping of str to (axis, mm)
        Thick slices of a sequence along a stored axis.
    ghost : float
        Strength of a shifted copy, as head motion leaves it.
    """

    solid: Tissue = SOLID
    oedema: Tissue = OEDEMA
    necrosis: Tissue = NECROSIS
    water_effect: float = 0.13
    oedema_weight: float = 0.9
    tumour_mm: float = 0.19
    solid_mm: float = 0.03
    vessels_mm: float = 0.0
    vessel_strength: float = 1.0
    dura_mm: float = 0.0
    blood: float = 0.0
    cavity: bool = False
    shape_noise: float = 0.16
    core_noise: float = 0.16
    ragged: float = 0.45
    rim_mm: float = 2.0
    before: Scanner | None = None
    after: Scanner | None = None
    noise: float = 1.0
    bias: float = 1.0
    slices: dict[str, tuple[int, float]] = field(default_factory=dict)
    ghost: float = 0.0

    @classmethod
    def draw(cls, seed: int) -> "Variety":
        """Draw what one patient's tumour and scanner are like."""
        rng = random_stream(seed, "variety")

        def between(low: float, high: float) -> float:
            return float(rng.uniform(low, high))

        def about(low: float, high: float) -> float:
            return float(np.exp(rng.uniform(np.log(low), np.log(high))))

        solid = Tissue(between(0.80, 0.92), about(1.0, 1.7), about(0.085, 0.15))
        # From hardly bright (low grade) to fluid.
        oedema = Tissue(between(0.86, 0.97), about(1.25, 2.1), about(0.11, 0.24))
        cavity = rng.random() < 0.10
        fluid = Tissue(1.0, 3.8, 1.0)
        core = Tissue(between(0.88, 0.98), about(0.9, 2.8), about(0.13, 0.6))
        before = _protocol(rng)
        return cls(
            solid=solid,
            oedema=oedema,
            necrosis=fluid if cavity else core,
            water_effect=between(0.08, 0.22),
            oedema_weight=between(0.6, 0.95),
            tumour_mm=about(0.05, 0.40),
            solid_mm=between(0.0, 0.04),
            vessels_mm=between(0.08, 0.22),
            vessel_strength=about(0.3, 1.2),
            dura_mm=between(0.0, 0.35),
            blood=float(rng.random() < 0.2) * between(0.05, 0.5),
            cavity=bool(cavity),
            shape_noise=between(0.10, 0.38),
            core_noise=between(0.10, 0.40),
            ragged=between(0.3, 0.9),
            rim_mm=between(1.0, 4.0),
            before=before,
            # Half of the exams have another T1 after contrast than before.
            after=before if rng.random() < 0.5 else _protocol(rng),
            noise=about(0.6, 2.6),
            bias=about(0.5, 1.6),
            slices={
                name: (int(rng.integers(3)), between(2.5, 6.0))
                for name in ("t1", "t1c", "t2", "flair")
                if rng.random() < 0.35
            },
            ghost=float(rng.random() < 0.15) * between(0.02, 0.10),
        )


USUAL = Variety()


def _protocol(rng: np.random.Generator) -> Scanner:
    """Draw a protocol; T1-weighted sequences from SPGR to heavily weighted."""
    return Scanner(
        t1_tr=float(rng.uniform(0.008, 0.030)),
        t1_te=float(rng.uniform(0.003, 0.006)),
        t1_flip=float(rng.uniform(15, 32)),
        t2_tr=float(rng.uniform(3.5, 6.5)),
        t2_te=float(rng.uniform(0.080, 0.120)),
        flair_tr=float(rng.uniform(8.0, 11.0)),
        flair_te=float(rng.uniform(0.085, 0.140)),
        flair_ti=float(rng.uniform(2.25, 2.50)),
    )
