"""How much of the brain a scan shows: by its field of view, and by where it has signal."""

from gadless.errors import DataFault
from gadless.images.resampling import coverage
from gadless.images.volume import Grid, Mask, Matrix, Volume


def check_signal(title: str, image: Volume, brain: Mask, least: float) -> None:
    """Refuse a scan that is empty where its field of view holds the brain.

    Parameters
    ----------
    title : str
        Of the sequence; opens the message.
    image : Volume
        On the grid of `brain`.
    brain : ndarray of bool
    least : float
        Share of the brain that is asked for.

    Raises
    ------
    DataFault
        If it has signal in less.
    """
    share = float((image.data[brain] != 0).mean())
    if share < least:
        raise DataFault(
            f"{title}: has no signal in {1 - share:.0%} of the brain: part of it is missing"
        )


def with_field_of_view(
    fault: DataFault, scan: Grid, common: Grid, common_to_t1: Matrix, brain: Mask, least: float
) -> DataFault:
    """Say of a scan that does not match whether it can: how much of the brain its header has."""
    share = coverage(scan, common, common_to_t1, brain)
    if share >= least:
        return fault
    return DataFault(f"{fault}; by its header, its field of view holds {share:.0%} of the brain")
