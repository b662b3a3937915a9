"""From tissue to signal: relaxation maps, gadolinium, and each sequence's equation.

Relaxation times are typical of 3 T (Stanisz et al., Magn Reson Med 2005;54:507; Lu et al., J Magn
Reson Imaging 2005;22:13); those of tumour and oedema are set so that the two differ, as they do
in vivo. Signal equations: spoiled gradient echo (Ernst), spin echo, and inversion recovery, as in
Bernstein, King and Zhou, Handbook of MRI Pulse Sequences (2004).
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from gadless.errors import InputError
from gadless.phantom.anatomy import Anatomy
from gadless.phantom.fields import Array, SmoothField, random_stream
from gadless.phantom.tumour import Tumour
from gadless.phantom.variety import USUAL, Scanner, Tissue, Variety
from gadless.phantom.vessels import dura

TISSUES = {
    "wm": Tissue(0.70, 0.85, 0.072),
    "gm": Tissue(0.81, 1.35, 0.096),
    "csf": Tissue(1.00, 4.00, 1.500),
    "bone": Tissue(0.05, 1.00, 0.005),
    "marrow": Tissue(0.45, 0.50, 0.050),
    "fat": Tissue(0.85, 0.38, 0.085),
    "muscle": Tissue(0.75, 1.25, 0.040),
    "blood": Tissue(0.60, 1.60, 0.030),  # flowing: short apparent T2 gives the void
    "choroid": Tissue(0.90, 1.60, 0.180),
    "vitreous": Tissue(1.00, 3.80, 1.000),
}
BLOOD_T1 = 0.35  # of the tissue's T1, where subacute blood lies
SHORTEST_S = 1e-3  # relaxation times are kept above this, or exp(-TE / T2) overflows

# Gadolinium, mM, some minutes after a single dose: blood in the tissue's vessels, and leaky
# tissue outside the brain. Tumour: `Variety.tumour_mm` times leakiness and the patient's factor.
CONCENTRATION_MM = {
    "wm": 0.010, "gm": 0.02, "blood": 0.9, "choroid": 0.35, "muscle": 0.06, "marrow": 0.05,
    "fat": 0.01,
}  # fmt: skip
FILLED_WITH_BLOOD = ("blood", "choroid")
PATIENT_FACTOR_SD = 0.25  # of the log; not to be seen on any other sequence
VISIT_FACTOR_SD = 0.08
RELAXIVITY = 4.5  # r1 of a macrocyclic agent at 3 T, per mM and second


SCANNERS = {
    "north": Scanner(0.009, 0.0040, 18.0, 4.5, 0.095, 9.0, 0.110, 2.40),
    "centre": Scanner(0.025, 0.0046, 30.0, 5.5, 0.105, 9.5, 0.120, 2.42),
    "south": Scanner(0.015, 0.0050, 16.0, 4.0, 0.085, 8.5, 0.095, 2.32),
}


def scanner(site: str) -> Scanner:
    """Return a site's protocol, or an `InputError`."""
    if site not in SCANNERS:
        raise InputError(f"no such phantom site: {site!r}; use one of {', '.join(SCANNERS)}")
    return SCANNERS[site]


def spoiled_gradient_echo(
    density: Array, t1: Array, t2: Array, tr: float, te: float, flip: float
) -> Array:
    """Ernst signal; `flip` in degrees, T2* taken as T2."""
    angle = np.deg2rad(flip)
    e1 = np.exp(-tr / t1)
    steady = np.sin(angle) * (1 - e1) / (1 - np.cos(angle) * e1)
    return np.asarray(density * steady * np.exp(-te / t2))


def spin_echo(density: Array, t1: Array, t2: Array, tr: float, te: float) -> Array:
    """Spin echo signal, echo time short against TR."""
    return np.asarray(density * (1 - np.exp(-tr / t1)) * np.exp(-te / t2))


def inversion_recovery(
    density: Array, t1: Array, t2: Array, tr: float, te: float, ti: float
) -> Array:
    """Magnitude of an inversion-recovery spin echo."""
    longitudinal = 1 - 2 * np.exp(-ti / t1) + np.exp(-tr / t1)
    return np.asarray(np.abs(density * longitudinal) * np.exp(-te / t2))


@dataclass(frozen=True)
class Relaxation:
    """Voxelwise proton density, T1 and T2 (s), and gadolinium (mM)."""

    density: Array
    t1: Array
    t2: Array
    gadolinium: Array


def patient_factor(seed: int, visit: str) -> float:
    """How strongly a patient's tumour takes up contrast on a visit; 1 is usual."""
    of_patient = random_stream(seed, "uptake").normal(0, PATIENT_FACTOR_SD)
    of_visit = random_stream(seed, "uptake", visit).normal(0, VISIT_FACTOR_SD)
    return float(np.exp(of_patient + of_visit))


def relaxation_maps(
    seed: int, anatomy: Anatomy, tumour: Tumour, factor: float, variety: Variety = USUAL
) -> Relaxation:
    """Compose the maps of a head with its tumour.

    Density adds up; T1 and T2 are geometric means weighted with density, so that bone and air,
    which have none, do not darken their neighbours' relaxation.
    """
    rng = random_stream(seed, "relaxation")
    water = np.exp(variety.water_effect * tumour.water)
    oedema = variety.oedema_weight * tumour.oedema
    taken = tumour.enhancing + tumour.solid + tumour.necrosis + oedema
    under = 1 - np.clip(taken, 0, 1)
    shares = {name: share * under for name, share in anatomy.fractions.items()}
    lesion = (
        (tumour.enhancing + tumour.solid, variety.solid),
        (oedema, variety.oedema),
        (tumour.necrosis, variety.necrosis),
    )
    density = np.zeros(anatomy.grid.shape, np.float32)
    log_t1, log_t2 = np.zeros_like(density), np.zeros_like(density)
    parts = [(share, TISSUES[name]) for name, share in shares.items()] + list(lesion)
    for share, tissue in parts:
        own = water if tissue is variety.solid else np.float32(1)
        # Patients differ a little in every tissue.
        t1 = tissue.t1 * np.exp(rng.normal(0, 0.03))
        t2 = tissue.t2 * np.exp(rng.normal(0, 0.03))
        weight = share * np.float32(tissue.density)
        density += weight
        log_t1 += weight * np.log(t1 * own)
        log_t2 += weight * np.log(t2 * own)
    safe = np.maximum(density, 1e-4)
    texture = 0.02 * SmoothField.draw(rng, 5.0).on(anatomy.grid)
    texture += 0.025 * SmoothField.draw(rng, 25.0).on(anatomy.grid)
    log_t1 = log_t1 / safe + texture
    if variety.blood > 0:
        core = tumour.enhancing + tumour.solid + tumour.necrosis
        log_t1 += np.float32(np.log(BLOOD_T1)) * core * _blood(seed, variety.blood, anatomy)
    t1 = np.maximum(np.exp(log_t1), SHORTEST_S)
    t2 = np.maximum(np.exp(log_t2 / safe + 0.7 * texture), SHORTEST_S)
    gadolinium = variety.solid_mm * tumour.solid
    gadolinium = gadolinium + variety.tumour_mm * factor * tumour.leakiness
    for name, concentration in CONCENTRATION_MM.items():
        mm = concentration * (variety.vessel_strength if name in FILLED_WITH_BLOOD else 1.0)
        gadolinium = gadolinium + np.float32(mm) * shares[name]
    if variety.dura_mm > 0:
        gadolinium = gadolinium + np.float32(variety.dura_mm) * dura(seed, anatomy)
    return Relaxation(density, t1, t2, np.asarray(gadolinium, dtype=np.float32))


def _blood(seed: int, share: float, anatomy: Anatomy) -> Array:
    """Blobs that fill a share of space, 0 or 1."""
    field = SmoothField.draw(random_stream(seed, "blood"), 12.0).on(anatomy.grid)
    return (field > NormalDist().inv_cdf(1 - share)).astype(np.float32)


def sequence_signal(name: str, maps: Relaxation, protocol: Scanner) -> Array:
    """Noise-free signal of one sequence (`t1`, `t1c`, `t2`, `flair`) at a site."""
    p = protocol
    if name in ("t1", "t1c"):
        rate = 1 / maps.t1 + (RELAXIVITY * maps.gadolinium if name == "t1c" else 0)
        t1 = np.asarray(1 / rate, dtype=np.float32)
        return spoiled_gradient_echo(maps.density, t1, maps.t2, p.t1_tr, p.t1_te, p.t1_flip)
    if name == "t2":
        return spin_echo(maps.density, maps.t1, maps.t2, p.t2_tr, p.t2_te)
    if name == "flair":
        return inversion_recovery(
            maps.density, maps.t1, maps.t2, p.flair_tr, p.flair_te, p.flair_ti
        )
    raise ValueError(f"no such sequence: {name!r}")
