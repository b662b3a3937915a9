"""Masks on the scans' own grids: what each job is asked for, and when."""

from pathlib import Path

import pytest
from recorded import workflow
from small_trial import Sheets
from starting import told

from gadless.errors import InputError
from gadless.jobs.images import Visit
from gadless.jobs.run import judge

HEADER = "series\tpatient\tvisit\tsequence\tuse\n"


def of_visit(sheets: Sheets, visit: str = "V1"):
    return sheets.jobs().asks.native_masks(Visit("results", "P1", visit))


def run(sheets: Sheets, *targets: str) -> set[str]:
    """Rules of the jobs that some targets need."""
    snakemake = workflow()
    snakemake.dag_settings.targets = set(targets)
    return {job.rule for job in judge(snakemake, sheets.jobs(), [], lambda _: None).stale}


def test_they_are_made_where_they_are_asked_for_and_what_they_need_alone(done: Sheets) -> None:
    assert run(done) == set()
    assert run(done, "native") == {"native_masks", "native"}
    assert run(done, "results/visits/P1/V1/native/status.json") == {"native_masks"}
    assert run(done, "results/bids/dseg.tsv") == {"native_masks", "native"}
    assert run(done, "report") == set()


def test_nothing_of_the_series_place_is_kept(unrun: Sheets) -> None:
    trial = unrun.folder
    private = trial.with_name("trial-PRIVATE")
    private.mkdir()
    (private / "series_key.tsv").write_text(
        "series\tfolder\tseries_uid\nP1-V1-003\t/archive/Planted\t1.2.3\nP1-V1-004\t/o\t1.2.4\n"
    )
    (trial / "series.tsv").write_text(
        f"{HEADER}P1-V1-003\tP1\tV1\tt1\t1\nP1-V1-004\tP1\tV1\tt1\t0\n"
    )
    without = of_visit(unrun)
    assert without.told["series"] is None
    unrun.config["native"] = {"series": "series.tsv"}
    ask = of_visit(unrun)
    assert ask.told["series"] == ["/archive/Planted", "1.2.3"]
    assert ask.parts != without.parts
    (private / "series_key.tsv").write_text(
        "series\tfolder\tseries_uid\nP1-V1-003\t/moved/Planted\t1.2.3\n"
    )
    # Where an archive lies today makes no mask older.
    assert of_visit(unrun).parts == ask.parts
    assert of_visit(unrun, "V2").told["series"] is None


def test_a_scan_that_is_a_series_needs_no_table(unrun: Sheets) -> None:
    (unrun.folder / "dicom").mkdir()
    unrun.row("P1", "V1")["t1"] = "dicom"
    assert of_visit(unrun).told["series"] == ["dicom", None]


def test_a_report_reads_what_was_measured_and_without_dicom_nothing_does(unrun: Sheets) -> None:
    (unrun.folder / "dicom").mkdir()
    unrun.row("P1", "V1")["t1"] = "dicom"
    unrun.config["candidates"] = ["cgan"]
    ratings = unrun.folder / "ratings.tsv"
    ratings.write_text(
        "patient\tvisit\tcontrast\trating\tcomment\treader\n"
        "P1\tV1\tcgan\twrong\ta vessel\tAB\nP1\tV2\tgbca\twrong\tmoved\tAB\n"
        "P1\tV1\tgbca\tdoubtful\tfaint\tAB\n"
    )
    unrun.config["ratings"] = str(ratings)
    ask = of_visit(unrun)
    assert [job.words for job in ask.reads][2:] == ["measure P1"]
    assert ask.told["measured"] == {
        "trial": "trial",
        "acquired": ["gbca"],
        "rejected": {"cgan": "rated wrong by AB: a vessel"},
    }
    tables = unrun.jobs().asks.measured_of_native(Visit("results", "P1", "V1"))
    assert tables == [f"results/patients/P1/{name}.tsv" for name in ("measurements", "lesions")]
    other = of_visit(unrun, "V2")
    assert [job.rule for job in other.reads] == ["preprocess", "segment"]
    assert other.told["measured"] is None
    assert unrun.jobs().asks.measured_of_native(Visit("results", "P1", "V2")) == []


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (f"{HEADER}a\tP1\tV1\tt1\t1\nb\tP1\tV1\tt1\t1\n", "stands twice"),
        ("patient\tvisit\nP1\tV1\n", "sequence missing"),
        ("patient\tvisit\tsequence\nP1\tV1\tt1\n", "series missing"),
    ],
)
def test_a_table_that_cannot_be_followed_is_refused(unrun: Sheets, table: str, words: str) -> None:
    private = unrun.folder.with_name("trial-PRIVATE")
    private.mkdir()
    (private / "series_key.tsv").write_text("series\tfolder\tseries_uid\na\t/x\t1\nb\t/y\t2\n")
    Path("series.tsv").write_text(table)
    unrun.config["native"] = {"series": "series.tsv"}
    with pytest.raises(InputError, match=words):
        of_visit(unrun)
    assert words in told(unrun)


def test_a_sequence_that_no_exam_has_is_refused(unrun: Sheets) -> None:
    unrun.config["native"] = {"sequence": "adc"}
    with pytest.raises(InputError, match=r"`native.sequence` 'adc' is none of: t1, t2"):
        unrun.jobs()
