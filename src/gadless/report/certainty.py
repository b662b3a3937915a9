"""How certain the values of the criteria are, in a sentence a set."""

import pandas as pd

from gadless.report import words

_WORDS = {
    "verified": "verified at source",
    "secondary": "read in a secondary source",
    "unverified": "from memory and unverified",
    "assumed": "assumed here",
    "user": "set by the trial",
}


def summary(criteria: pd.DataFrame) -> list[str]:
    """Count the values of each criteria set by how certain they are.

    Parameters
    ----------
    criteria : DataFrame
        ``criteria``, ``key``, ``value``, ``source``, ``certainty``.

    Returns
    -------
    list of str
        A sentence a set, in the order of the table.
    """
    sentences = []
    for name, rows in criteria.groupby("criteria", sort=False):
        counts = rows["certainty"].value_counts()
        verified = int(counts.get("verified", 0))
        others = [
            f"{counts[level]} {said}"
            for level, said in _WORDS.items()
            if level != "verified" and level in counts
        ]
        rest = f"; {words.listing(others)}" if others else ""
        sentences.append(
            f"{name}: {verified} of {words.count(len(rows), 'value')} verified at source{rest}."
        )
    return sentences
