"""Rows of `sparing.tsv` as the report reads them."""

THRESHOLDS = ((-1.0, 0.0, 0.0), (0.1, 0.3, 0.05), (0.5, 0.6, 0.2), (1.0, 0.8, 0.3))
SAME = {"criteria": "rano2-2023-volume", "exams": 200, "patients": 40, "conf_level": 0.95}


def spared_rows(candidate="cgan", saved=0.41, shown=0.12, upper=0.17):
    found = []
    for design in ("anchored", "plain"):
        own = {**SAME, "candidate": candidate, "design": design, "warning": ""}
        for order, cost in (("doubt", 1.0), ("random", 1.6)):
            found += [
                {
                    **own,
                    "order": order,
                    "threshold": threshold,
                    "exams_spared": spared,
                    "discordance": cost * share,
                    "lower": 0.8 * cost * share,
                    "upper": 1.2 * cost * share,
                }
                for threshold, spared, share in THRESHOLDS
            ]
        for order, share in (("chosen", shown), ("chosen_random", 0.24)):
            chosen = {"threshold": 0.06, "target": 0.15, "spared_lower": 0.38, "spared_upper": 0.44}
            ends = {"discordance": share, "lower": 0.08, "upper": upper}
            found.append({**own, **chosen, **ends, "order": order, "exams_spared": saved})
    return found
