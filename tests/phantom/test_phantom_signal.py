"""Signal equations against closed forms and an independent simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gadless.errors import InputError
from gadless.phantom import signal
from gadless.phantom.signal import (
    SCANNERS,
    TISSUES,
    Relaxation,
    inversion_recovery,
    patient_factor,
    scanner,
    sequence_signal,
    spin_echo,
    spoiled_gradient_echo,
)
from gadless.phantom.variety import NECROSIS, OEDEMA, SOLID

ONE = np.ones(1, np.float64)
seconds = st.floats(0.2, 4.5)


def of(tissue: signal.Tissue, gadolinium: float = 0.0) -> Relaxation:
    return Relaxation(
        tissue.density * ONE, tissue.t1 * ONE, tissue.t2 * ONE, np.array([gadolinium])
    )


@given(t1=seconds, tr=st.floats(0.004, 0.05), flip=st.floats(2, 80))
def test_spoiled_gradient_echo_is_the_steady_state_of_repeated_pulses(
    t1: float, tr: float, flip: float
) -> None:
    longitudinal = 1.0
    for _ in range(round(12 * t1 / tr)):
        longitudinal = 1 - (1 - longitudinal * np.cos(np.deg2rad(flip))) * np.exp(-tr / t1)
    expected = longitudinal * np.sin(np.deg2rad(flip)) * np.exp(-0.004 / 0.05)
    found = spoiled_gradient_echo(ONE, t1 * ONE, 0.05 * ONE, tr, 0.004, flip)
    assert found[0] == pytest.approx(expected, rel=1e-4)


@given(t1=seconds, tr=st.floats(0.004, 0.05))
def test_spoiled_gradient_echo_at_the_ernst_angle(t1: float, tr: float) -> None:
    e1 = np.exp(-tr / t1)
    ernst = np.rad2deg(np.arccos(e1))
    best = spoiled_gradient_echo(ONE, t1 * ONE, ONE, tr, 0.0, ernst)[0]
    assert best == pytest.approx(np.sqrt((1 - e1) / (1 + e1)), rel=1e-6)
    for other in (0.8 * ernst, 1.2 * ernst):
        assert spoiled_gradient_echo(ONE, t1 * ONE, ONE, tr, 0.0, other)[0] < best


@given(t1=seconds, tr=st.floats(6, 12))
def test_inversion_recovery_nulls_at_its_inversion_time(t1: float, tr: float) -> None:
    null = t1 * np.log(2 / (1 + np.exp(-tr / t1)))
    assert inversion_recovery(ONE, t1 * ONE, ONE, tr, 0.1, null)[0] == pytest.approx(0, abs=1e-12)
    assert inversion_recovery(ONE, t1 * ONE, ONE, tr, 0.1, 0.9 * null)[0] > 0


def test_spin_echo_without_saturation_decays_with_t2() -> None:
    echoes = [spin_echo(ONE, 0.8 * ONE, 0.08 * ONE, 100.0, te)[0] for te in (0.04, 0.12)]
    assert 0.08 / np.log(echoes[0] / echoes[1]) == pytest.approx(0.08)


@pytest.mark.parametrize("site", SCANNERS)
def test_tissues_rank_as_radiologists_know_them(site: str) -> None:
    def see(sequence: str, tissue: signal.Tissue) -> float:
        return float(sequence_signal(sequence, of(tissue), SCANNERS[site])[0])

    wm, gm, csf = (TISSUES[name] for name in ("wm", "gm", "csf"))
    order = {
        "t1": (TISSUES["fat"], wm, gm, OEDEMA, NECROSIS, csf),
        "t2": (csf, NECROSIS, OEDEMA, SOLID, gm, wm),
        "flair": (OEDEMA, SOLID, gm, wm, csf),
    }
    for sequence, tissues in order.items():
        values = [see(sequence, tissue) for tissue in tissues]
        assert values == sorted(values, reverse=True), sequence


@pytest.mark.parametrize("site", SCANNERS)
def test_gadolinium_is_seen_after_contrast_only(site: str) -> None:
    plain, enhanced = of(SOLID), of(SOLID, 0.2)
    for sequence in ("t1", "t2", "flair"):
        same = sequence_signal(sequence, plain, SCANNERS[site])
        assert sequence_signal(sequence, enhanced, SCANNERS[site]) == same
    before = sequence_signal("t1c", plain, SCANNERS[site])[0]
    after = sequence_signal("t1c", enhanced, SCANNERS[site])[0]
    assert before == pytest.approx(sequence_signal("t1", plain, SCANNERS[site])[0])
    shortened = signal.Tissue(SOLID.density, 1 / (1 / SOLID.t1 + 4.5 * 0.2), SOLID.t2)
    assert after == pytest.approx(sequence_signal("t1", of(shortened), SCANNERS[site])[0])
    # A ring is half to one and a half times white matter brighter than it was.
    white = sequence_signal("t1", of(TISSUES["wm"]), SCANNERS[site])[0]
    assert 0.5 < (after - before) / white < 1.5


def test_uptake_belongs_to_the_patient() -> None:
    visits = np.log([[patient_factor(p, f"V{v}") for v in range(4)] for p in range(300)])
    assert visits.mean(1).std() == pytest.approx(np.hypot(0.25, 0.08 / 2), rel=0.15)
    assert visits.std(1, ddof=1).mean() == pytest.approx(0.08 * 0.921, rel=0.15)


def test_unknown_site_and_sequence_are_refused() -> None:
    with pytest.raises(InputError, match="use one of north, centre, south"):
        scanner("nowhere")
    with pytest.raises(ValueError, match="pd"):
        sequence_signal("pd", of(SOLID), SCANNERS["north"])
