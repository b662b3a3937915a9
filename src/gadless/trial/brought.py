"""Columns of the visits sheet for what others made of a visit: masks, images, maps."""

from collections.abc import Iterable

from gadless.trial.columns import Column


def brought_columns(contrasts: Iterable[str]) -> tuple[Column, ...]:
    """Return the optional columns of every contrast of a trial.

    Parameters
    ----------
    contrasts : iterable of str
    """
    return tuple(
        Column(f"{kind}_{name}", "path", said.format(name))
        for name in contrasts
        for kind, said in _KINDS.items()
    )


_KINDS = {
    "mask": "Labels of the tumour on contrast {}, by a reader or another network.",
    "t1c": "Post-contrast T1 of contrast {}, made elsewhere.",
    "map": "Subtraction map of contrast {}, made elsewhere.",
}
