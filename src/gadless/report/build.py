"""The report: figures, tables and one page that opens from disk with no network."""

import base64
import gzip
import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
import yaml

from gadless.files import write_text, written_whole
from gadless.report import (
    answer,
    basis,
    cautions,
    certainty,
    chapters,
    endpoint_table,
    listing,
    locked,
    margins,
    methods,
    origins,
    published,
    sections,
    sparing,
    table_one,
    traps,
    words,
)
from gadless.report.configured import behind
from gadless.report.drawing import Drawing, save
from gadless.report.figures import conclusion
from gadless.report.figures.registry import FIGURES
from gadless.report.grids import as_frame
from gadless.report.panels import choose, of_flagged
from gadless.report.references import METHODS
from gadless.report.results import Results
from gadless.report.stages import as_table, boxes
from gadless.tables import write_table
from gadless.trial.config import Config
from gadless.trial.config.counted import counted
from gadless.trial.lock import LockStatus

logger = logging.getLogger(__name__)

_TEMPLATES = Path(__file__).parent / "templates"

# A vector file beyond this is slower to open than a picture of it.
_LARGEST_SVG = 800_000

# A table beyond this is no longer opened with a spreadsheet.
_LARGEST_TABLE = 10_000_000


def build_report(
    config: Config,
    tables: Mapping[str, Path],
    panels: Sequence[tuple[str, str, Path]],
    provenance: Mapping[str, Any],
    folder: Path,
    lock: LockStatus | None = None,
) -> None:
    """Write ``index.html``, ``figures/*.{svg,pdf,png}``, ``tables/*.tsv`` (``.gz`` if large).

    Parameters
    ----------
    config : Config
    tables : mapping of str to path
        Result tables by name (``agreement``, ``survival``, ``flow``, ...). A trial that enters
        through `measurements` has none of images; whatever is lacking is said in words.
    panels : sequence of (patient, visit, path)
        Pictures of exams; at most ``report.panels`` of them are shown.
    provenance : mapping
        What the page is to list: versions and checksums; ``networks``, what is told of each
        network that was used; ``brought``, contrast to what others made of it.
    folder : path
        Created if it does not exist.
    lock : LockStatus, optional
        Where the configuration stands with its lock; none: it is said not to be locked.
    """
    results = Results(config, tables, provenance)
    drawings, shown = {}, []
    for name, figure in FIGURES.items():
        drawing = figure.draw(results)
        files = save(drawing, folder / "figures")
        shown.append(drawing)
        drawings[name] = {"drawing": drawing, "source": _embedded(drawing, files)}
        logger.info("figure %s: %s", name, drawing.absent or "drawn")
    patients, one = listing.listing(results), table_one.table_one(results)
    made = {"patients_listing": listing.as_table(results, patients), "table_one": as_frame(one)}
    copied = _copy_tables(results, made, folder / "tables")
    page = (
        environment()
        .get_template("report.html")
        .render(
            config=config,
            reference=results.reference,
            candidates=[results.label(name) for name in config.candidates],
            title=config.report.title or f"{config.name}: the same conclusion without gadolinium?",
            answers=answer.answers(results),
            picture=margins.picture(results),
            concluded=conclusion.conclude(results),
            chapters=chapters.headed(results),
            primary=results.primary,
            categories=words.CATEGORIES,
            table_one=one,
            listing=patients,
            endpoint_table=endpoint_table.endpoint_table(results),
            basis=basis.basis(results),
            traps=traps.traps(results),
            sparing=sparing.paragraphs(results),
            conclusions=sections.conclusions(results),
            figures=drawings,
            beside=next(
                (f"figures/{name}.png" for name, one in drawings.items() if one["source"]), ""
            ),
            panels=choose(panels, config.report.panels),
            sections={name: lay_out(results) for name, lay_out in sections.SECTIONS.items()},
            quality=cautions.quality(results),
            flagged=of_flagged(panels, cautions.flagged_visits(results), config.report.panels),
            stopped=cautions.stopped(results),
            warnings=cautions.warnings(results),
            methods=methods.methods(results),
            networks=origins.networks(results),
            opening=origins.opening(results),
            behind=behind(results, shown),
            references=METHODS,
            certainty=certainty.summary(results.table("criteria")),
            lock=locked.sentences(lock or LockStatus(None)),
            published=published.VALUES,
            provenance=methods.provenance_rows(provenance),
            settings=yaml.safe_dump(counted(config.model_dump(mode="json")), sort_keys=False),
            tables=copied,
        )
    )
    write_text(page, folder / "index.html")


def _copy_tables(
    results: Results, made: Mapping[str, pd.DataFrame], folder: Path
) -> list[tuple[str, str]]:
    """Copy the result tables beside the page, and add what the page alone counts.

    Returns
    -------
    list of (name, file name)
        A large table is compressed, so that the folder can be handed on; R and pandas read it as it
        is, and the plain one stays in ``trial``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plain = {name: folder / f"{name}.tsv" for name in results.paths}
    copied = {name: _copy(Path(path), plain[name]) for name, path in results.paths.items()}
    for name, table in {**made, "flow_counts": as_table(boxes(results))}.items():
        if len(table):
            write_table(table, folder / f"{name}.tsv")
            copied[name] = f"{name}.tsv"
    return sorted((name, file) for name, file in copied.items() if file)


def _copy(table: Path, plain: Path) -> str | None:
    """Copy one table and return its new name; None where there is none."""
    packed = plain.with_suffix(".tsv.gz")
    if not table.exists():
        return None
    if table.stat().st_size <= _LARGEST_TABLE:
        with written_whole(plain) as scratch:
            shutil.copyfile(table, scratch)
        packed.unlink(missing_ok=True)
        return plain.name
    with (
        written_whole(packed) as scratch,
        scratch.open("wb") as file,
        # Neither name nor time in it: equal tables give equal bytes.
        gzip.GzipFile("", "wb", fileobj=file, mtime=0) as stream,
        table.open("rb") as source,
    ):
        shutil.copyfileobj(source, stream)
    plain.unlink(missing_ok=True)
    return packed.name


def _embedded(drawing: Drawing, files: Mapping[str, Path]) -> str | None:
    """Give a drawing as a data address: as SVG, or as PNG where that is lighter."""
    if drawing.figure is None:
        return None
    if files["svg"].stat().st_size <= _LARGEST_SVG:
        return data_address(files["svg"], "image/svg+xml")
    return data_address(files["png"], "image/png")


def data_address(path: Path, kind: str) -> str:
    """Give a file as a ``data:`` address, so that the page needs nothing beside it."""
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def environment() -> jinja2.Environment:
    """Templates with every value escaped: ids and reasons come from sheets that others write."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
