"""Patients' pages in a browser: slices, outlines, jumps, comparison, ratings and their way back."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from browser import drive, violations

from gadless.measurement.viewer import mosaic
from gadless.report.patients.build import build_pages, in_script
from gadless.trial.ratings import read_ratings

SHAPE = (10, 12, 8)


def volume(contrast):
    """Grey that tells its place: brighter from slice to slice, the candidate by 40 more."""
    x, y, z = np.meshgrid(*(np.arange(size) for size in SHAPE), indexing="ij")
    grey = 20 * z + 2 * y + x + (40 if contrast == "cgan" else 0)
    return grey.astype(np.uint8)


def labels():
    found = np.zeros(SHAPE, dtype=np.uint8)
    found[2:5, 3:6, 2:4] = 2
    found[3, 4, 2:4] = 1
    return found


def exam(contrast):
    return {
        "image": mosaic(volume(contrast), lossless=True),
        "labels": mosaic(labels() * 85, lossless=True),
        "note": None,
    }


def view(contrasts):
    return {
        "shape": list(SHAPE),
        "spacing_mm": [2.0, 2.0, 3.0],
        "origin_mm": [-9.0, -11.0, -12.0],
        "columns": 3,
        "contrasts": list(contrasts),
        "visits": [
            {
                "visit": f"v{at}",
                "day": 42 * (at + 1),
                "exams": {one: exam(one) for one in contrasts},
            }
            for at in range(2)
        ],
        "places": [
            {"visit": "v1", "contrast": "cgan", "lesion": "E1", "at_mm": [-3.0, -3.0, -6.0]},
            {"visit": "v0", "contrast": "gbca", "lesion": "E2", "at_mm": [7.0, 9.0, 6.0]},
        ],
        "thumbnail": mosaic(volume("gbca"), lossless=True),
    }


def measurements(trial):
    return [
        {
            "patient": patient["patient"],
            "visit": f"v{at}",
            "day": 42 * (at + 1),
            "contrast": contrast,
            "evaluable": int(not (at == 1 and contrast == "unet")),
            "reason": "moved" if at == 1 and contrast == "unet" else None,
            "enhancing_cm3": 5.0 + at,
        }
        for patient in trial.patients()
        for at in range(2)
        for contrast in ("gbca", "cgan", "unet")
    ]


@pytest.fixture
def pages(write_tables, config, trial, tmp_path):
    tables = write_tables()
    for name, rows in (
        ("measurements", measurements(trial)),
        (
            "lesions",
            [
                {"patient": "P01", "visit": visit, "contrast": contrast, "lesion": lesion}
                for visit, contrast, lesion in (("v1", "cgan", "E1"), ("v0", "gbca", "E2"))
            ],
        ),
    ):
        tables[name] = tmp_path / "trial" / f"{name}.tsv"
        pd.DataFrame(rows).to_csv(tables[name], sep="\t", index=False, na_rep="NA")
    views = {}
    for patient in trial.patients():
        views[patient["patient"]] = tmp_path / f"{patient['patient']}.json"
        content = view(config.shown) if patient["patient"] == "P01" else {"visits": []}
        views[patient["patient"]].write_text(json.dumps(content))
    (tmp_path / "report" / "patients").mkdir(parents=True)
    (tmp_path / "report" / "patients" / "P99.html").write_text("of nobody")
    build_pages(config, tables, views, tmp_path / "report")
    return tmp_path / "report"


READY = """
while (document.documentElement.getAttribute("data-loaded") !== "true") await wait(50);
function canvas(contrast) { return one("canvas[data-visit=v1][data-contrast=" + contrast + "]"); }
function grey(contrast, x, y) {
  // The voxel at column x and row y of the axial plane as it is shown.
  var c = canvas(contrast), at = [(x + 0.5) * c.width / 10, (y + 0.5) * c.height / 12];
  return c.getContext("2d").getImageData(Math.floor(at[0]), Math.floor(at[1]), 1, 1).data[0];
}
all("[data-outline]").forEach(function (box) { box.click(); });
await wait(50);
"""


def test_slices_planes_outlines_and_jumps(pages, tmp_path):
    told = drive(
        pages / "patients" / "P01.html",
        READY
        + """
        told.start = gadless.state.at.slice();
        change(one("#slice"), "5");
        await wait(50);
        told.at = gadless.state.at.slice();
        told.greys = [grey("gbca", 0, 0), grey("gbca", 9, 11), grey("cgan", 9, 11)];
        change(one("#slice"), "3");
        await wait(50);
        told.plain = canvas("gbca").toDataURL();
        one("[data-outline='2']").click();
        await wait(50);
        told.outlined = canvas("gbca").toDataURL() !== told.plain;
        one("[data-outline='2']").click();
        await wait(50);
        told.again = canvas("gbca").toDataURL() === told.plain;
        delete told.plain;
        one("[data-plane=sagittal]").click();
        await wait(50);
        told.sagittal = [one("#slice").max, canvas("gbca").width > 0];
        one("button.jump[data-lesion=E2]").click();
        await wait(50);
        told.jumped = [gadless.state.at.slice(), one("#visit").value, one("#contrast").value];
        change(one("#width"), "20");
        await wait(50);
        told.window = [gadless.state.low, gadless.state.high];
        var pressed = new KeyboardEvent("keydown", { key: "ArrowUp" });
        one("canvas[data-focus=axial]").dispatchEvent(pressed);
        told.key = gadless.state.at[2];
        """,
        tmp_path / "profile",
    )
    assert told["start"] == [3, 4, 2]
    assert told["at"] == [3, 4, 5]
    # Top left as it is shown: the patient's right and front, the far ends of both axes.
    expected = [volume("gbca")[9, 11, 5], volume("gbca")[0, 0, 5], volume("cgan")[0, 0, 5]]
    assert told["greys"] == pytest.approx([int(one) for one in expected], abs=6)
    assert told["outlined"]
    assert told["again"]
    assert told["sagittal"] == ["9", True]
    assert told["jumped"] == [[8, 10, 6], "v0", "gbca"]
    assert told["window"] == pytest.approx([102, 153])
    assert told["key"] == 7


def test_acquired_against_synthetic_by_flicker_and_swipe(pages, tmp_path):
    told = drive(
        pages / "patients" / "P01.html",
        READY
        + """
        change(one("#contrast"), "cgan");
        await wait(50);
        var focus = one("canvas[data-focus=axial]");
        function at(share) {
          var x = Math.floor(share * focus.width);
          return focus.getContext("2d").getImageData(x, 2, 1, 1).data[0];
        }
        told.synthetic = [at(0.15), at(0.97)];
        one("#swipe").click();
        await wait(50);
        told.swiped = [at(0.15), at(0.97)];
        told.said = one("#shown").textContent;
        change(one("#edge"), "0");
        await wait(50);
        told.edge = [at(0.15), at(0.97)];
        one("#swipe").click();
        one("#flicker").click();
        var seen = {};
        for (var turn = 0; turn < 12; turn++) {
          await wait(200);
          seen[one("#shown").textContent] = at(0.97);
        }
        told.seen = seen;
        one("#flicker").click();
        """,
        tmp_path / "profile",
    )
    left, right = told["synthetic"]
    assert told["swiped"][0] == pytest.approx(left - 40, abs=4)
    assert told["swiped"][1] == pytest.approx(right, abs=4)
    assert told["said"] == "left: gbca, right: cgan"
    assert told["edge"] == pytest.approx([left, right], abs=4)
    assert set(told["seen"]) == {"shown: gbca", "shown: cgan"}
    assert told["seen"]["shown: cgan"] - told["seen"]["shown: gbca"] == pytest.approx(40, abs=4)


def test_ratings_go_out_as_a_sheet_that_comes_back(pages, config, tmp_path):
    told = drive(
        pages / "patients" / "P02.html",
        """
        var saved = [];
        HTMLAnchorElement.prototype.click = function () { saved.push([this.download, this.href]); };
        function rate(visit, contrast, word, why) {
          var row = one("#ratings tr[data-visit=" + visit + "][data-contrast=" + contrast + "]");
          row.querySelector("input[value=" + word + "]").click();
          if (why) row.querySelector(".why").value = why;
        }
        one("#ratings button").click();
        told.nothing = [saved.length, one("#exported").textContent];
        one("#reader").value = "AB";
        rate("v0", "gbca", "fine");
        rate("v1", "cgan", "wrong", '"a vessel",\\tnot a rim');
        one("#ratings button").click();
        told.name = saved[0][0];
        told.sheet = await (await fetch(saved[0][1])).text();
        told.evaluable = one("#ratings tr[data-visit=v1][data-contrast=unet]").cells[3].textContent;
        """,
        tmp_path / "profile",
    )
    assert told["nothing"] == [0, "Nothing is rated yet."]
    assert told["name"] == "ratings_P02.tsv"
    assert told["evaluable"] == "no: moved"
    path = tmp_path / told["name"]
    path.write_text(told["sheet"])
    visits = pd.DataFrame({"patient": ["P02", "P02"], "visit": ["v0", "v1"]})
    faults = []
    found = read_ratings(config.model_copy(update={"ratings": str(path)}), visits, faults)
    assert faults == []
    assert found.fillna("").to_numpy().tolist() == [
        ["P02", "v0", "gbca", "fine", "", "AB"],
        ["P02", "v1", "cgan", "wrong", "'a vessel', not a rim", "AB"],
    ]


def test_every_patient_has_a_page_and_nobody_else(pages, trial):
    names = {path.stem for path in (pages / "patients").glob("*.html")}
    assert names == {patient["patient"] for patient in trial.patients()}
    assert "There are no images" in (pages / "patients" / "P02.html").read_text()
    index = (pages / "patients.html").read_text()
    found = re.findall(r'href="patients/(P\d\d)\.html"', index)
    assert len(found) == 12
    # Discordant first: every third, on one contrast alone.
    assert set(found[:4]) == {"P02", "P05", "P08", "P11"}
    assert index.count('class="thumb"') == 1
    # Beside the report, in the results folder.
    for visit in ("v0", "v1"):
        (pages.parent / "visits" / "P01" / visit).mkdir(parents=True, exist_ok=True)
    linked = (pages / "patients" / "P01.html").read_text()
    assert [f'href="../../visits/P01/{one}/"' in linked for one in ("v0", "v1")] == [True, True]
    for path in (pages / "patients.html", pages / "patients" / "P01.html"):
        for link in re.findall(r'href="([^"#]+)', path.read_text()):
            left = link.startswith("data:") or link.endswith("index.html")
            assert left or (path.parent / link).exists(), link
        assert not re.search(r'(src|href)="(https?:)?//', path.read_text())


def test_each_page_says_which_visits_progression_is_compared_on(pages):
    said = "“against” compares progression on the visits that both can evaluate"
    for name in ("patients.html", "patients/P02.html"):
        assert said in (pages / name).read_text(encoding="utf-8")


def test_nothing_in_a_name_ends_the_script():
    evil = {"</script><script>alert(1)</script>": "<!--"}
    text = in_script(evil)
    assert "<" not in text
    assert json.loads(text) == evil


@pytest.mark.parametrize("size", ["1400,900", "500,844"])
def test_images_keep_nobody_out(pages, size, tmp_path):
    assert violations(pages / "patients" / "P01.html", tmp_path / "profile", size) == []


def test_steps_and_slices_are_told_to_those_who_do_not_see(pages, tmp_path):
    told = drive(
        pages / "patients" / "P01.html",
        READY
        + """
        var focus = one("canvas[data-focus=axial]");
        function now() { return [+focus.getAttribute("aria-valuenow"), gadless.state.at[2] + 1]; }
        told.most = focus.getAttribute("aria-valuemax");
        change(one("#slice"), "3");
        await wait(50);
        told.at = now();
        one("[data-step='1']").click();
        await wait(50);
        told.after = now();
        one("[data-step='-1']").click();
        one("[data-step='-1']").click();
        await wait(50);
        told.before = now();
        """,
        tmp_path / "profile",
        "500,844",
    )
    assert told == {"most": "8", "at": [4, 4], "after": [5, 5], "before": [3, 3]}
