"""Sheets as grids of cells, spoilt at will, and as bytes: what stands in the file is known."""

import math
import re
from dataclasses import dataclass

import pandas as pd
from hypothesis import strategies as st

from gadless.trial.columns import FLAGS, MISSING, Column

Grid = list[list[str]]

NASTY = (
    *("", "NA", "n/a", ".", "nan", "-", "?", "0", "1", "-1", "7", "007", "1.5", "1,5", "1e3"),
    *("1e400", "inf", "-inf", "0x10", "1_000", "+5", " 5 ", "5 cm3", "<5", "9999999999999999"),
    *("99999999", "1e15", "0.1e-400", "5-", "--5", "1 000", "\u0663", "\uff15", "5\u00a0", "1d5"),
    *("TRUE", "yes", "N", "T", "2021-02-30", "2021-03-01", "0001-01-01", "9999-12-31", "01.02.21"),
    *("CR", "pd", "SD ", "not evaluable", "P1", "P1 ", "p1", "../P1", "P1/..", "/etc/passwd"),
    *(".hidden", "a b", "\u00e9", "e\u0301", "\u202eevil", "\u200b", "\ufeff", "\U0001f9e0"),
    *("x" * 400, "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{7*7}}"),
    *("{patient}", "$(id)"),
    *("`id`", "; rm -rf ~", "| cat", "\\input{x}", "$x^2$", "%s", "=1+1", "@SUM(1)", "a&b", "'"),
    *('"', '"open', 'close"', '"whole"', '"a""b"', "a\u2028b", "a\x0bb", "a\x0cb", "a\x85b"),
    *("CON", "-rf"),
)  # fmt: skip
"""Cells of other sheets, and what someone may write who means harm."""

HEADS = (
    *("note", "os_days", "patient", "visit", "day", "date", "t1", "arm", "site", "steroid_mg", ""),
    *("clinical_status", "response", "new_lesion", "lesions", "measurable_lesions", "spd_mm2"),
    *("planned_day", "treatment_day", "new_therapy_day", "randomisation_date", "phantom", "fold"),
    *("event", "days", "new", "measurable", "Patient", "OS", "mask_gbca", "map_cgan", "t1c_cgan"),
    *("contrast", "reason", "evaluable", "_row", "index", "<b>", "a b", "age.1", "abnormality_cm3"),
    *("\ufeffpatient", "nan", "NA", "1", "Unnamed: 0", "lesion", "volume", "last_contact_day"),
)  # fmt: skip

ENDS = ("\n", "\n", "\r\n", "\r")


def cells() -> st.SearchStrategy[str]:
    """Draw a cell without tabs or ends of line."""
    odd = st.text(
        st.characters(exclude_characters="\t\n\r\0", exclude_categories=["Cs"]), max_size=6
    )
    return st.sampled_from(NASTY) | odd | st.integers(-200, 2000).map(str)


@st.composite
def spoilt(draw: st.DrawFn, sound: Grid) -> Grid:
    """Draw a grid with cells, columns and rows changed; most often little, so that some pass."""
    grid = [list(row) for row in sound]
    for _ in range(draw(st.sampled_from((0, 0, 1, 1, 1, 2, 3)))):
        change = draw(st.sampled_from(_CHANGES))
        at = draw(st.integers(1, len(grid) - 1)) if len(grid) > 1 else 0
        change(draw, grid, at)
    return grid


def _cell(draw: st.DrawFn, grid: Grid, at: int) -> None:
    if grid[at]:
        grid[at][draw(st.integers(0, len(grid[at]) - 1))] = draw(cells())


def _swap(draw: st.DrawFn, grid: Grid, at: int) -> None:
    other = draw(st.integers(1, len(grid) - 1))
    column = draw(st.integers(0, min(len(grid[at]), len(grid[other])) - 1))
    grid[at][column], grid[other][column] = grid[other][column], grid[at][column]


def _column(draw: st.DrawFn, grid: Grid, at: int) -> None:
    filled = draw(st.lists(cells(), min_size=1, max_size=3))
    grid[0].append(draw(st.sampled_from([name for name in HEADS if name not in grid[0]])))
    for line, row in enumerate(grid[1:]):
        row.append(filled[line % len(filled)])


def _rename(draw: st.DrawFn, grid: Grid, at: int) -> None:
    grid[0][draw(st.integers(0, len(grid[0]) - 1))] = draw(st.sampled_from(HEADS))


def _again(draw: st.DrawFn, grid: Grid, at: int) -> None:
    grid.insert(draw(st.integers(1, len(grid))), list(grid[at]))


def _drop(draw: st.DrawFn, grid: Grid, at: int) -> None:
    if len(grid) > 2:
        del grid[at]


def _shorter(draw: st.DrawFn, grid: Grid, at: int) -> None:
    if len(grid[at]) > 1:
        del grid[at][-1]


def _longer(draw: st.DrawFn, grid: Grid, at: int) -> None:
    grid[at].append(draw(st.sampled_from(("", "", "x"))))


def _blank(draw: st.DrawFn, grid: Grid, at: int) -> None:
    grid.insert(at, [""] * draw(st.integers(1, len(grid[0]))))


def _shuffle(draw: st.DrawFn, grid: Grid, at: int) -> None:
    grid[1:] = draw(st.permutations(grid[1:]))


_CHANGES = (
    *(_cell, _cell, _cell, _column, _column, _column, _shuffle, _drop, _blank),
    *(_swap, _rename, _again, _shorter, _longer),
)


@dataclass(frozen=True)
class Written:
    """A sheet as bytes, and whether these say what the grid says."""

    grid: Grid
    content: bytes
    faithful: bool


@st.composite
def written(draw: st.DrawFn, sound: Grid) -> Written:
    """Draw a sheet's bytes: most often plain, else quoted, in other encodings, or damaged."""
    grid = draw(spoilt(sound))
    end = draw(st.sampled_from(ENDS))
    quoted = draw(st.integers(0, 5)) == 0
    lines = ["\t".join(map(_quoted, row) if quoted else row) for row in grid]
    text = end.join(lines) + draw(st.sampled_from((end, end, "", end * 3)))
    coding = draw(st.sampled_from(("utf-8",) * 30 + ("utf-8-sig",) * 5 + ("utf-16", "latin-1")))
    content = text.encode(coding, errors="replace")
    faithful = coding.startswith("utf-8")
    if draw(st.integers(0, 9)) == 0 and content:
        damaged = bytearray(content)
        damaged[draw(st.integers(0, len(damaged) - 1))] = draw(st.sampled_from(_BYTES))
        end_at = draw(st.sampled_from((len(damaged), draw(st.integers(0, len(damaged))))))
        content, faithful = bytes(damaged[:end_at]), False
    return Written(grid, content, faithful)


_BYTES = (*b'\0\t\n\r",;019azP_-', 127, 200, 255)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if cell else cell


def plain(cell: str) -> str | None:
    """Return what a cell says; None where it says nothing."""
    text = cell.strip()
    if re.fullmatch(r'"(?:[^"]|"")*"', text):
        text = text[1:-1].replace('""', '"').strip()
    return None if text.casefold() in MISSING else text


def rows_of(grid: Grid) -> list[dict[str, str | None]]:
    """Return the rows that hold anything, by the names of the header."""
    names = [plain_name(name) for name in grid[0]]
    rows = [dict(zip(names, map(plain, row), strict=False)) for row in grid[1:]]
    return [row for row in rows if any(cell is not None for cell in row.values())]


def plain_name(cell: str) -> str:
    text = cell.strip()
    return text[1:-1].replace('""', '"').strip() if re.fullmatch(r'"(?:[^"]|"")*"', text) else text


def says(read: object, cell: str | None, column: Column) -> bool:
    """Whether what was read of a cell is what stands there."""
    if cell is None or pd.isna(read):  # type: ignore[call-overload]
        return cell is None and bool(pd.isna(read))  # type: ignore[call-overload]
    if column.kind in ("integer", "number"):
        return math.isclose(float(read), float(cell), rel_tol=1e-12)  # type: ignore[arg-type]
    if column.kind == "flag":
        known = FLAGS.get(cell.casefold())
        return float(read) == (float(cell) if known is None else known)  # type: ignore[arg-type]
    if column.kind == "date":
        return f"{read:%Y-%m-%d}" == cell
    if column.kind == "choice":
        return str(read).casefold() == cell.casefold()
    return str(read) == cell
