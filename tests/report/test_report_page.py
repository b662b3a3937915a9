import gzip
import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from gadless.errors import GadlessError
from gadless.report.build import build_report
from gadless.report.drawing import Drawing, canvas
from gadless.report.figures.registry import FIGURES
from gadless.report.panels import choose
from gadless.tables import read_table
from gadless.vocabulary import SEPARATOR

VOID = {"meta", "link", "img", "br", "hr", "input"}
OURS = [{}]
"""The one script of the page, which names no file."""
SVG_OR_PNG = re.compile(r"^data:image/(svg\+xml|png);base64,[A-Za-z0-9+/=]+$")


class Page(HTMLParser):
    """Read a page: its balance, texts, attributes and tables."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts, self.faults = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self.open[-1:]}")
        else:
            self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.texts.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.texts))


def stand_in(name):
    """Stand in for a figure where a test is about the words: drawing all costs seconds a page.

    What is drawn from which tables is tested in `test_report_figures`.
    """

    def draw(results):
        drawing = Drawing(name, f"Figure {name}", "A caption.", "What the figure shows, in words.")
        empty = not results.paths
        return (
            drawing.without("Nothing to draw.") if empty else drawing.drawn(canvas(1), drawing.alt)
        )

    return draw


def sketch(drawing, folder):
    """Stand in for `save`, for the same reason."""
    files = {suffix: folder / f"{drawing.name}.{suffix}" for suffix in ("svg", "pdf", "png")}
    for path in files.values():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"<svg>{drawing.name}</svg>")
    return files


@pytest.fixture
def build(write_tables, config, tmp_path, monkeypatch):
    monkeypatch.setattr("gadless.report.build.save", sketch)
    for name in FIGURES:
        monkeypatch.setitem(FIGURES, name, replace(FIGURES[name], draw=stand_in(name)))

    def build(panels=(), config=config, tables=None, provenance=None, lock=None, **changed):
        folder = tmp_path / "report"
        paths = write_tables(**changed) if tables is None else tables
        build_report(config, paths, panels, provenance or {}, folder, lock)
        return Page((folder / "index.html").read_text(encoding="utf-8")), folder

    return build


@pytest.fixture
def panels(tmp_path):
    found = []
    for number in range(20):
        path = tmp_path / f"panel{number}.png"
        Image.fromarray(np.full((8, 8), number, dtype=np.uint8)).save(path)
        found.append((f"P{number:02d}", "v0", path))
    return found


def test_the_page_is_balanced_and_needs_no_network(build, panels):
    page, folder = build(panels)
    assert page.faults == []
    assert page.open == []
    for image in page.all("img"):
        assert SVG_OR_PNG.match(image["src"])
    for attrs in (attrs for _, attrs in page.tags):
        address = attrs.get("href") or attrs.get("src") or ""
        assert not re.match(r"^(https?:)?//", address)
    assert page.all("script") == OURS
    style = (folder / "index.html").read_text().split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_links_lead_somewhere(build, trial):
    page, folder = build()
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for link in page.all("a"):
        if link["href"].startswith("#"):
            assert link["href"][1:] in ids
        else:
            # Beside the report: left by the run, once all is done, and by the jobs of the patients.
            left = {"../provenance.json", "../ro-crate-metadata.json", "patients.html"}
            left |= {f"patients/{row['patient']}.html" for row in trial.patients()}
            assert link["href"] in left or (folder / link["href"]).exists()


def test_screen_readers_are_served(build, panels):
    page, _ = build(panels)
    assert page.all("html")[0]["lang"] == "en"
    assert all(len(image["alt"]) > 20 for image in page.all("img"))
    assert all(cell.get("scope") in ("col", "row") for cell in page.all("th"))
    levels = [int(name[1]) for name, _ in page.tags if re.fullmatch(r"h[1-6]", name)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert len(page.all("caption")) == len(page.all("table"))


def test_every_figure_is_on_the_page_and_beside_it(build):
    page, folder = build()
    assert len([image for image in page.all("img") if image.get("class") == "drawing"]) == len(
        FIGURES
    )
    for name in FIGURES:
        for suffix in ("svg", "pdf", "png"):
            assert (folder / "figures" / f"{name}.{suffix}").exists()


def test_tables_lie_beside_the_page_unchanged(build, write_tables):
    _, folder = build()
    for name, path in write_tables().items():
        assert (folder / "tables" / f"{name}.tsv").read_bytes() == path.read_bytes()
    assert len(read_table(folder / "tables" / "flow_counts.tsv")) > 5


def test_a_large_table_is_compressed_and_says_so(build, write_tables, monkeypatch):
    """The limit lies between two tables; a copy that is no longer made so does not stay."""
    sizes = {name: path.stat().st_size for name, path in write_tables().items()}
    large, limit = max(sizes, key=sizes.__getitem__), max(sizes.values()) - 1
    _, folder = build()
    assert (folder / "tables" / f"{large}.tsv").exists()
    monkeypatch.setattr("gadless.report.build._LARGEST_TABLE", limit)
    page, folder = build()
    packed = folder / "tables" / f"{large}.tsv.gz"
    first = packed.read_bytes()
    assert gzip.decompress(first) == write_tables()[large].read_bytes()
    assert not (folder / "tables" / f"{large}.tsv").exists()
    links = [link["href"] for link in page.all("a") if link.get("href", "").startswith("tables/")]
    assert f"tables/{packed.name}" in links
    assert all((folder / link).exists() for link in links)
    build()
    assert packed.read_bytes() == first


def test_printed_numbers_are_the_tables(build, trial):
    rows = trial.agreement()
    for row in rows:
        if row["term"] == "median_bias_cm3" and row["candidate"] == "unet":
            row.update(estimate=-3.21, lower=-4.56, upper=-1.23)
    page, _ = build(agreement=rows)
    assert "\N{MINUS SIGN}3.21" in page.text
    assert "(\N{MINUS SIGN}4.56 to \N{MINUS SIGN}1.23)" in page.text


def test_the_answer_comes_first(build):
    page, _ = build()
    said = page.text[page.text.index("Had no patient") :]  # the contents stand beside it
    assert said.index("Whether this trial would have") < said.index("What it rests on")


def test_text_from_sheets_cannot_become_markup(build, trial):
    evil = "<script>alert(1)</script>"
    flow = [row | {"reason": evil, "outcome": "stopped"} for row in trial.flow()[:3]]
    patients = [
        row | {"arm": f'"><img src=x onerror=alert(1)>{row["arm"]}'} for row in trial.patients()
    ]
    quality = [row | {"step": evil, "outcome": "fail"} for row in trial.quality()]
    page, _folder = build(
        flow=flow,
        patients=patients,
        quality=quality,
        panels=[(evil, "v0", folder_image(build))],
        provenance={evil: {evil: evil}},
    )
    assert page.all("script") == OURS
    assert page.faults == []
    assert evil in page.text
    assert all(SVG_OR_PNG.match(image["src"]) for image in page.all("img"))


def folder_image(build):
    _, folder = build()
    return folder / "figures" / "flow.png"


def test_nothing_at_all_still_makes_a_page_of_words(build):
    page, folder = build(tables={})
    assert page.faults == []
    assert page.all("img") == []
    assert page.text.count("Not drawn.") == len(FIGURES)
    assert "No survival curve is drawn." in page.text
    assert (folder / "figures" / "km_arms.svg").exists()


@pytest.mark.parametrize(
    "name",
    [
        "km",
        "agreement",
        "survival",
        "response",
        "endpoints",
        "confusion",
        "paired_volumes",
        "flow",
        "quality",
        "patients",
    ],
)
def test_any_table_may_be_missing_or_empty(build, name):
    for rows in (None, []):
        page, _ = build(**{name: rows})
        assert page.faults == []


def test_one_patient_makes_a_page(build, trial):
    def only(rows):
        return [row for row in rows if row["patient"] == "P01"]

    names = ("patients", "response", "endpoints", "paired_volumes", "flow", "quality")
    page, _ = build(km=[], survival=[], **{name: only(getattr(trial, name)()) for name in names})
    assert page.faults == []


def test_a_trial_measured_elsewhere_shows_no_images_and_says_so(build, trial):
    config = trial.make_config(visits=None, measurements="measured.tsv")
    page, _ = build(config=config, quality=None, image_metrics=None, flow=None)
    assert "Tumours were measured elsewhere, so there are no images to show." in page.text
    assert "Seeds: resampling 26101." in page.text


def test_methods_quote_the_configuration(build, trial):
    config = trial.make_config(
        statistics={"margins": {"discordance": 0.11}, "seed": 77, "covariates": ["kps"]},
        response={"criteria": ["rano2010"], "smallest_volume_cm3": 0.7},
    )
    page, _ = build(config=config)
    for part in (
        "discordant progression at most 11%",
        "resampling 77",
        "0.7 cm³",
        "rano2010",
        "treatment and kps",
    ):
        assert part in page.text


def test_a_reference_alone_has_a_page_and_no_answer(build, trial):
    alone = {
        name: [row for row in getattr(trial, name)() if row.get("candidate") is None]
        for name in ("agreement", "survival")
    }
    page, _ = build(config=trial.make_config(candidates=[]), **alone)
    assert page.faults == []
    assert "There is no answer: the configuration names no candidate" in page.text
    assert "Three traps" not in page.text
    assert "Equivalent: every interval" not in page.text
    assert "TTP on each contrast" in page.text


def test_labels_stand_where_a_person_reads_and_names_nowhere(build, trial, panels):
    labels = {"gbca": "Gadolinium, central", "cgan": "Synthetic (A)", "unet": "Synthetic (B)"}
    config = trial.make_config(labels=labels)
    page, _ = build(panels, config=config)
    for label in labels.values():
        assert label in page.text
    # The configuration itself and the tables' own values keep the names.
    said = page.text[: page.text.index("The configuration, but for where files lie")]
    assert not re.search(r"\b(gbca|cgan|unet)\b", said)


def test_contrasts_of_any_name_make_a_page(build, trial):
    config = trial.make_config(
        visits=None, measurements="m.tsv", reference="central", candidates=["100", "local", "α"],
        labels={},
    )  # fmt: skip
    page, _ = build(config=config)
    assert page.faults == []
    assert "central" in page.text


def test_provenance_is_listed(build):
    page, _ = build(provenance={"versions": {"torch": "2.13.0"}, "sheets": ["ab12", "cd34"]})
    assert "versions: torch" in page.text
    assert "ab12, cd34" in page.text


def test_warnings_that_differ_in_numbers_are_one(build, trial):
    rows = trial.survival()
    rows[0]["warning"] = (
        f"few events; read on (a; b){SEPARATOR}14 patients, last assessed before day 90"
    )
    rows[1]["warning"] = "59 patients, last assessed before day 90"
    page, _ = build(survival=rows)
    assert "few events; read on (a; b)" in page.text
    assert "14\N{EN DASH}59 patients, last assessed before day 90" in page.text


def test_panels_are_spread_over_the_trial_and_said_to_be(panels):
    shown = choose(panels, 4)
    assert [patient for patient, _, _ in shown.pictures] == ["P02", "P07", "P12", "P17"]
    assert shown.words.startswith("4 of 20 exams, evenly spaced")
    assert choose(panels, 0).pictures == ()
    assert len(choose(panels, 50).pictures) == 20
    assert choose([], 5).words == "No picture of an exam was made."


def test_a_panel_that_is_gone_is_named(panels, tmp_path):
    listed = [*panels, ("P99", "v0", tmp_path / "gone.png")]
    with pytest.raises(GadlessError, match=r"patient P99, visit v0: .*gone.* is gone"):
        choose(listed, 50)
    # None but those that are shown is looked at.
    assert len(choose(listed, 4).pictures) == 4


def test_candidates_stand_in_the_order_of_the_configuration(build, trial):
    for candidates in (["unet", "cgan"], ["cgan", "unet"]):
        page, _ = build(config=trial.make_config(candidates=candidates))
        first, second = (page.text.index(trial.make_config().label_of(one)) for one in candidates)
        assert first < second


def test_equal_input_gives_an_equal_page(build):
    _, folder = build()
    first = (folder / "index.html").read_bytes()
    _, folder = build()
    assert (folder / "index.html").read_bytes() == first
