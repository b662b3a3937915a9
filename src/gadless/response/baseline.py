"""Which visit is the baseline: the same for every contrast."""

from collections.abc import Sequence

from gadless.response.assessment import Patient, Visit
from gadless.trial.config.response import Baseline


def find_baseline(
    visits: Sequence[Visit], usable: Sequence[bool], patient: Patient, rule: Baseline
) -> tuple[int | None, str]:
    """Find the baseline visit by the configured rule and window.

    Parameters
    ----------
    visits : sequence of Visit
        Of one patient, by day.
    usable : sequence of bool
        Which of them may serve.
    patient : Patient
    rule : Baseline

    Returns
    -------
    position : int or None
        Position of the baseline, None if there is none.
    reason : str
        Why there is none; empty if there is one.

    Notes
    -----
    A pre-operative scan never counts: newly diagnosed disease is compared with the scan after
    radiotherapy (RANO 2.0), recurrent disease with the last scan before treatment.
    """
    positions = [position for position, _ in enumerate(visits) if usable[position]]
    if rule.rule == "before_treatment":
        start = patient.treatment_day or 0
        inside = [p for p in positions if start - rule.window_days <= visits[p].day <= start]
        if inside:
            return inside[-1], ""
        return None, f"no evaluable visit in the {rule.window_days} days up to treatment"
    if rule.rule == "after_radiotherapy":
        end = patient.radiotherapy_end_day
        if end is None:
            return None, "no radiotherapy_end_day"
        after = [p for p in positions if visits[p].day >= end + rule.after_radiotherapy_days]
        if after:
            return after[0], ""
        return None, f"no evaluable visit {rule.after_radiotherapy_days} days after radiotherapy"
    return (positions[0], "") if positions else (None, "no evaluable visit")
