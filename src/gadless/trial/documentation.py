"""The manual of inputs and the schemas, written from the definitions that the checks use.

``python -m gadless.trial.documentation`` rewrites ``config/README.md`` and ``workflow/schemas/``; a
test fails when they have drifted.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_origin

import yaml
from pydantic.fields import FieldInfo

from gadless.files import write_text
from gadless.trial.brought import brought_columns
from gadless.trial.columns import CENTURY, MEASUREMENTS, PATIENTS, Column
from gadless.trial.config import Config, Section
from gadless.trial.defaults import defaults
from gadless.trial.rating_columns import RATINGS
from gadless.trial.sequences import built_in, visit_columns

_SHEETS = {
    "patients": (
        PATIENTS,
        "One row a patient. Any further column may be named in `statistics.covariates` or"
        " `statistics.strata`. A named column that holds numbers is an amount, and a cell in it"
        " that is none is a fault; one of yes and no is 1 and 0; one without any number is a"
        " category, and so is one that `statistics.categories` names.",
    ),
    "visits": (
        visit_columns(built_in(), brought_columns(["REFERENCE", "NAME"])[1:]),
        "One row a visit. A path is relative to the sheet; an empty cell means not acquired. A row"
        " without any path is a clinical contact. NAME is a contrast of the configuration; the"
        " reference is acquired, and has a mask alone (docs/brought.md). Beside masks alone, the"
        " columns of scans may be left out. Further columns stay in the sheet.",
    ),
    "measurements": (
        MEASUREMENTS,
        "Instead of `visits`, for tumours that were measured elsewhere: one row a visit and"
        " contrast. Of the measures, only those that the chosen criteria use are needed. What a"
        " row says of its visit (day, steroids, clinical state, site) holds on every contrast:"
        " once is enough, and rows that differ are an error. Contrasts that the configuration does"
        " not name are listed in `flow.tsv` and not analysed. A part of the tumour never exceeds"
        " the whole (0.1 cm3 and 1% are left to rounding).",
    ),
    "ratings": (
        RATINGS,
        "What readers think of exams (`ratings`), as the patients' pages of the report export it:"
        " one row an exam and reader. An exam that any reader rates `wrong` is not evaluable, and"
        " the reason says so.",
    ),
}

_KINDS = {
    "identifier": "letters, digits, `_`, `-`, `.`",
    "integer": "whole number",
    "number": "number",
    "date": "YYYY-MM-DD",
    "path": "path",
    "choice": "one of",
    "flag": "0 or 1, no or yes, false or true",
    "text": "text",
}

_JSON_TYPES: dict[str, dict[str, Any]] = {
    "identifier": {"type": "string", "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]*$"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "flag": {"enum": [0, 1]},
}

_INTRODUCTION = """\
# The manual of inputs

Written by `python -m gadless.trial.documentation` from the definitions that the checks use; a test
fails when it drifts.

A trial is a configuration (YAML) and two sheets (UTF-8 text).
`snakemake --cores all --configfile my.yaml` reads them, reports every fault at once with file, row,
column and remedy, and runs. Before the first job it looks at all that can be known: the scans'
headers, the networks' files, what criteria and endpoints need in the sheets, the results folder and
the room on its disk. An unknown key is an error.

A path in the configuration counts from the file that gives it (of several `--configfile`, the last
that gives the key), one in a sheet from the sheet; what `--config` gives, and defaults, count from
the working directory. `results` is a folder of its own: whatever lies there may be made anew.
Without `--configfile` the demo runs, and only then: `config/config.yaml` is the demo trial;
`config/simulated.yaml` a trial that enters as a table of measurements.

In a sheet, tabs part cells and ends of line part rows; a row has as many cells as the header.
Missing is an empty cell, `NA`, `n/a`, `NaN` or `.`, in any case. A cell in double quotes as a whole
is taken out of them; any other quote is a character, and one that opens a cell that is read and
does not close is a fault. A column whose name resembles one below (`Volume`, `OS_days`,
`enhancing`) is not read, and a fault that says which may be meant, unless its name begins with
`note`, `comment`, `remark` or `x_`. Columns that resemble nothing stay in the sheet: they reach
no table, report or data set, and a change of them reruns nothing. What is to travel is named by the
configuration: in `statistics` (covariates, strata, categories) or in `keep_columns`.
"""


def documents() -> dict[str, str]:
    """Return path (relative to the repository) to content of every generated file."""
    written = {"config/README.md": manual(), "config/defaults.yaml": defaults()}
    schema = Config.model_json_schema()
    written["workflow/schemas/config.schema.yaml"] = _as_yaml(schema)
    for name, (columns, about) in _SHEETS.items():
        written[f"workflow/schemas/{name}.schema.yaml"] = _as_yaml(
            sheet_schema(name, columns, about)
        )
    return written


def manual() -> str:
    """Return ``config/README.md``: every column of every sheet, every key of the configuration."""
    parts = [_INTRODUCTION]
    for name, (columns, about) in _SHEETS.items():
        parts += [f"## Sheet `{name}`", about, _columns_table(columns)]
    parts += ["## Configuration", _keys_table(Config, top=True)]
    for name, section in _sections(Config):
        parts += [f"### `{name}`", str(section.__doc__).splitlines()[0], _keys_table(section)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def sheet_schema(name: str, columns: Sequence[Column], about: str) -> dict[str, Any]:
    """Return the JSON schema of one row of a sheet."""
    properties = {}
    for column in columns:
        kind = dict(_JSON_TYPES.get(column.kind, {"type": "string"}))
        if column.choices:
            kind["enum"] = list(column.choices)
        if column.minimum is not None:
            kind["minimum"] = column.minimum
        if column.maximum is not None:
            kind["maximum"] = column.maximum
        properties[column.name] = {"description": column.description, **kind}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        "description": about,
        "type": "object",
        "properties": properties,
        "required": [column.name for column in columns if column.filled],
    }


def _columns_table(columns: Sequence[Column]) -> str:
    rows = ["| column | holds | required | meaning |", "| --- | --- | --- | --- |"]
    for column in columns:
        holds = _KINDS[column.kind]
        if column.choices:
            holds += " " + ", ".join(f"`{choice}`" for choice in column.choices)
        holds += _limits(column)
        required = "every row" if column.filled else "column" if column.required else ""
        rows.append(f"| `{column.name}` | {holds} | {required} | {column.description} |")
    return "\n".join(rows)


def _limits(column: Column) -> str:
    """Limits in words; that all lies within a century needs none."""
    said = ""
    if column.minimum is not None and column.minimum != -CENTURY:
        said += f", at least {column.minimum:g}"
    if column.maximum is not None and column.maximum != CENTURY:
        said += f", at most {column.maximum:g}"
    return said


def _sections(section: type[Section], prefix: str = "") -> Iterator[tuple[str, type[Section]]]:
    for name, field in section.model_fields.items():
        inner = _inner_section(field)
        if inner is not None:
            suffix = ".NAME" if get_origin(field.annotation) is dict else ""
            yield f"{prefix}{name}{suffix}", inner
            yield from _sections(inner, f"{prefix}{name}{suffix}.")


def _inner_section(field: FieldInfo) -> type[Section] | None:
    """Return the section that a key holds, itself or as the values of a mapping."""
    for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
        if isinstance(kind, type) and issubclass(kind, Section):
            return kind
    return None


def _keys_table(section: type[Section], top: bool = False) -> str:
    rows = ["| key | default | meaning |", "| --- | --- | --- |"]
    for name, field in section.model_fields.items():
        default = _default(field)
        rows.append(f"| `{name}` | {default} | {_one_line(field.description or '')} |")
    if top:
        rows.append("")
        rows.append("A default of *below* stands for a section with defaults of its own.")
    return "\n".join(rows)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, Section) or (isinstance(value, dict) and _inner_section(field)):
        names = ", ".join(f"`{name}`" for name in value) if isinstance(value, dict) else ""
        return f"*below* {names}".strip()
    if value is None:
        return "empty"
    return f"`{yaml.safe_dump(value, default_flow_style=True, width=1000).splitlines()[0]}`"


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _as_yaml(content: dict[str, Any]) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


if __name__ == "__main__":
    for path, text in documents().items():
        write_text(text, Path(path))
