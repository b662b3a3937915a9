"""Faults of the sheets, collected so that a user mends all of them in one go."""

from dataclasses import dataclass
from pathlib import Path

from gadless.errors import InputError

SHOWN = 50


@dataclass(frozen=True)
class Fault:
    """One fault: where it is, what stands there, what to do.

    Attributes
    ----------
    file : Path
    row : int or None
        Line in the file, the header being line 1.
    column : str or None
    value : str or None
    advice : str
    """

    file: Path
    row: int | None
    column: str | None
    value: str | None
    advice: str

    def __str__(self) -> str:
        """Return the fault on one line."""
        where = str(self.file)
        if self.row is not None:
            where += f", row {self.row}"
        if self.column is not None:
            where += f", column {self.column}"
        value = "" if self.value is None else f": {self.value!r}"
        return f"{where}{value}: {self.advice}"


def raise_any(faults: list[Fault]) -> None:
    """Raise one error that lists all faults, or return if there are none.

    Raises
    ------
    InputError
    """
    if not faults:
        return
    ordered = sorted(faults, key=lambda fault: (str(fault.file), fault.row or 0))
    lines = [f"  {fault}" for fault in ordered[:SHOWN]]
    if len(ordered) > SHOWN:
        lines.append(f"  ... and {len(ordered) - SHOWN} more")
    noun = "fault" if len(ordered) == 1 else "faults"
    raise InputError(f"the sheets have {len(ordered)} {noun}:\n" + "\n".join(lines))
