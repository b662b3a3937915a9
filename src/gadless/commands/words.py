"""How commands tell of many things."""

from collections.abc import Sequence

FEW = 10
"""Lines of one kind that are shown to a reader in a hurry."""

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def amount(size: float) -> str:
    """Return a size as people read it."""
    for unit in _UNITS[:-1]:
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} {_UNITS[-1]}"


def counted(count: int, noun: str) -> str:
    """Return a number of things in words."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def shown(lines: Sequence[str], *, every: bool = False) -> list[str]:
    """Indent lines; the first few alone unless all are asked for."""
    some = lines if every else lines[:FEW]
    more = [f"  ... and {len(lines) - FEW:,} more (--all)"] if len(some) < len(lines) else []
    return [*(f"  {line}" for line in some), *more]
