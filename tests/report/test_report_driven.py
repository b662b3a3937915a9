"""The report's own script, in a browser: contents, folding, and what tables can do."""

import json
import shutil

import pytest
from browser import drive

from gadless.report.build import build_report
from gadless.report.drawing import Drawing
from gadless.report.figures.registry import FIGURES, Figure


@pytest.fixture
def page(write_tables, config, tmp_path, monkeypatch):
    for name in FIGURES:
        none = Figure(lambda _, n=name: Drawing(n, n).without("No figure."), ())
        monkeypatch.setitem(FIGURES, name, none)
    build_report(config, write_tables(), [], {}, tmp_path / "report")
    return tmp_path / "report" / "index.html"


LISTED = 'var rows = all("#listing tbody tr").filter(function (row) { return !row.hidden; });'


def test_the_listing_is_filtered_and_sorted(page, tmp_path):
    told = drive(
        page,
        f"""
        {LISTED} told.all = rows.length;
        told.link = one("#listing a").getAttribute("href");
        change(one(".filters select[name=flags]"), "discordant");
        {LISTED} told.discordant = rows.map(function (row) {{ return row.cells[0].textContent; }});
        change(one(".filters select[name=flags]"), "");
        change(one(".filters select[name=site]"), "north");
        {LISTED} told.north = rows.map(function (row) {{ return row.cells[1].textContent; }});
        change(one(".filters select[name=site]"), "");
        var head = one("#listing thead th:last-child");
        head.querySelector("button").click();
        function last(row) {{ return +row.lastChild.textContent; }}
        told.up = all("#listing tbody tr").map(last);
        told.sorted = head.getAttribute("aria-sort");
        head.querySelector("button").click();
        told.down = all("#listing tbody tr").map(last);
        """,
        tmp_path / "profile",
    )
    assert told["all"] == 12
    assert sorted(told["discordant"]) == ["P02", "P05", "P08", "P11"]
    assert told["north"] == ["north"] * 6
    assert told["up"] == sorted(told["up"])
    assert told["down"] == sorted(told["down"], reverse=True)
    assert max(told["up"]) > min(told["up"])
    assert told["sorted"] == "ascending"
    assert told["link"] == "patients/P01.html"


def test_a_table_is_filtered_by_typing_copied_and_downloaded(page, tmp_path):
    told = drive(
        page,
        """
        var table = one("#patients table"), tools = table.closest(".scroll").previousElementSibling;
        var caption = table.caption.textContent;
        told.caption = caption;
        var copied = null, saved = [];
        document.execCommand = function () { copied = document.activeElement.value; return true; };
        Object.defineProperty(window, "isSecureContext", { value: false });
        HTMLAnchorElement.prototype.click = function () { saved.push([this.download, this.href]); };
        tools.querySelectorAll("button")[0].click();
        await wait(50);
        told.copied = copied;
        tools.querySelectorAll("button")[1].click();
        tools.querySelectorAll("button")[2].click();
        told.files = saved.map(function (one) { return one[0]; });
        told.tsv = await (await fetch(saved[0][1])).text();
        told.rtf = await (await fetch(saved[1][1])).text();
        change(tools.querySelector("input"), "deaths");
        told.filtered = gadless.tsv(table);
        told.status = tools.querySelector("[role=status]").textContent;
        """,
        tmp_path / "profile",
    )
    lines = told["copied"].splitlines()
    assert told["caption"].startswith("Table 1.")
    assert lines[0].split("\t") == ["", "All", "control", "drug"]
    assert lines[1].split("\t") == ["Patients", "12", "6", "6"]
    assert len({line.count("\t") for line in lines}) == 1
    assert told["tsv"] == told["copied"]
    assert told["files"][0].endswith(".tsv")
    assert told["rtf"].startswith(r"{\rtf1")
    assert told["rtf"].count(r"\trowd") == len(lines)
    assert told["filtered"].splitlines()[1].startswith("Deaths\t8")
    assert len(told["filtered"].splitlines()) == 2
    assert told["status"].startswith("1 of ")


SORTED = {
    "counts": ["−3.5", "9", "10 (5%)", "1,200", "–"],
    "names": ["a", "b", "P9", "P10"],
    "not_reached": ["0.85 (0.8 to 1.0)", "0.9 (0.1 to 1.2)", "10 (9 to 12)", "not reached", "–"],
    "tested": ["p < 0.001", "p = 0.001", "p = 0.03", "p = 0.20", "not estimable"],
    "signed": ["−∞", "−10.5%", "−2%", "0%", "+3%", "+12%", "∞"],
    "bounded": ["<5 cm³", "5–10 cm³", "≥ 10 cm³"],
    "ids": ["001-002", "001-010", "002-001"],
    "dates": ["2019-12-31", "2020-02-01", "2020-11-01"],
    "sites": ["A2", "A10", "B1"],
}


def test_numbers_are_sorted_as_numbers_and_words_as_words(page, tmp_path):
    mixed = {name: texts[1::2] + texts[::2] for name, texts in SORTED.items()}
    told = drive(
        page,
        f"""
        var found = one("main thead th:first-child button").closest("table");
        function put(texts) {{
          var body = found.tBodies[0];
          body.innerHTML = "";
          texts.forEach(function (text) {{
            body.insertRow().appendChild(document.createElement("th")).textContent = text;
          }});
          var head = found.tHead.rows[0].cells[0], button = head.querySelector("button");
          head.removeAttribute("aria-sort");
          function seen() {{
            button.click();
            return Array.from(body.rows).map(function (row) {{ return row.textContent; }});
          }}
          return [seen(), seen()];
        }}
        var mixed = {json.dumps(mixed)};
        Object.keys(mixed).forEach(function (name) {{ told[name] = put(mixed[name]); }});
        """,
        tmp_path / "profile",
    )
    last = {"–", "not reached", "not estimable"}
    for name, texts in SORTED.items():
        up, down = told[name]
        assert up == texts
        known = [text for text in texts if text not in last]
        assert down == known[::-1] + texts[len(known) :]


def test_what_is_copied_and_printed_of_a_filtered_table_says_so_and_keeps_its_signs(page, tmp_path):
    told = drive(
        page,
        r"""
        var table = one("#patients table"), body = table.tBodies[0];
        var field = table.closest(".scroll").previousElementSibling.querySelector("input");
        body.rows[0].cells[1].textContent = "\u22123.5 (\u22124 to \u22121)";
        body.rows[1].cells[1].textContent = "p\u00a0<\u00a00.001";
        told.copied = gadless.tsv(table).split("\n")[1].split("\t")[1];
        change(field, "p < 0.001");
        told.tied = gadless.tsv(table).trim().split("\n").length - 1;
        change(field, "-3.5");
        told.minus = gadless.tsv(table).trim().split("\n").length - 1;
        told.caption = table.caption.textContent;
        told.rtf = gadless.rtf(table).indexOf("Filtered: 1 of") > 0;
        change(field, "");
        told.whole = table.caption.textContent;
        """,
        tmp_path / "profile",
    )
    assert told["copied"] == "-3.5 (-4 to -1)"
    assert told["tied"] == told["minus"] == 1
    assert "Filtered: 1 of " in told["caption"]
    assert told["rtf"]
    assert "Filtered" not in told["whole"]


def test_a_page_that_is_mailed_alone_leads_nowhere_that_it_cannot(write_tables, config, tmp_path):
    build_report(config, write_tables(), [], {}, tmp_path / "report")
    kept, alone = tmp_path / "report" / "index.html", tmp_path / "mailed" / "index.html"
    alone.parent.mkdir()
    shutil.copyfile(kept, alone)
    steps = """
        await wait(500);
        told.notice = !one(".alone").hidden;
        told.away = all("a[href]").map(function (link) { return link.getAttribute("href"); })
          .filter(function (href) { return !/^(#|data:|https?:)/.test(href); });
        var saved = one('.files a[href^="data:image/svg"]');
        told.svg = saved && saved.download;
        told.patient = one("#listing tbody th").textContent;
        """
    beside = drive(kept, steps, tmp_path / "profile")
    assert not beside["notice"]
    assert not beside["svg"]
    assert "patients/P01.html" in beside["away"]
    told = drive(alone, steps, tmp_path / "other")
    assert told["notice"]
    assert told["away"] == []
    assert told["svg"].endswith(".svg")
    assert told["patient"] == "P01"


def test_contents_say_where_one_is_and_unfold(page, tmp_path):
    told = drive(
        page,
        """
        told.first = one("nav.side [aria-current]").textContent;
        told.folded = all(".chapter > details[open]").length;
        location.hash = "#methods";
        await wait(200);
        told.open = all(".chapter > details[open]").map(function (d) { return d.parentNode.id; });
        told.here = one("nav.side [aria-current]").textContent;
        told.beside = one("nav.side").getBoundingClientRect().top;
        location.hash = "#answer";
        await wait(200);
        told.back = one("nav.side [aria-current]").textContent;
        one("[data-fold=open]").click();
        told.all = all(".chapter > details:not([open])").length;
        one("[data-fold=shut]").click();
        dispatchEvent(new Event("beforeprint"));
        told.printed = all("details:not([open])").length;
        dispatchEvent(new Event("afterprint"));
        told.after = all(".chapter > details[open]").length;
        """,
        tmp_path / "profile",
    )
    assert told["first"] == "The answer"
    assert told["folded"] == 0
    assert told["open"] == ["methods"]
    assert told["here"] == "Methods"
    assert told["beside"] == 0  # it stays in view
    assert told["back"] == "The answer"
    assert told["all"] == 0
    assert told["printed"] == 0
    assert told["after"] == 0


@pytest.mark.parametrize("width", [1400, 500])
def test_nothing_is_wider_than_the_window(page, tmp_path, width):
    told = drive(
        page,
        """
        all("details").forEach(function (one) { one.open = true; });
        await wait(100);
        told.wide = document.documentElement.scrollWidth - innerWidth;
        """,
        tmp_path / "profile",
        size=f"{width},900",
    )
    assert told["wide"] <= 0


def test_every_heading_of_a_chapter_tells_its_result(page):
    text = page.read_text(encoding="utf-8")
    for part in ("concordance 0.78", "Hazard ratio of treatment (PFS), arm drug: 0.62"):
        assert part in text


def test_the_verdict_and_its_picture_come_first_on_a_phone(page, tmp_path):
    told = drive(
        page,
        """
        function top(selector) { return one(selector).getBoundingClientRect().top; }
        told.tops = [top("#answer .verdict"), top("#answer .bars"), top("#answer .sentence")];
        told.wide = all("#answer .bars svg").map(function (bar) {
          return Math.round(100 * bar.getBoundingClientRect().width / innerWidth);
        });
        """,
        tmp_path / "profile",
        "500,844",
    )
    assert told["tops"] == sorted(told["tops"])
    assert told["tops"][1] < 844 / 2
    assert min(told["wide"]) > 80


def test_verdict_curves_and_hazard_ratios_are_on_the_first_screen(page, tmp_path):
    told = drive(
        page,
        """
        told.ends = [".cards", ".bars", ".tiles figcaption", ".tiles img"].map(function (name) {
          return one("#answer " + name).getBoundingClientRect().bottom;
        });
        told.ratio = one("#answer .tiles figcaption").textContent;
        """,
        tmp_path / "profile",
    )
    assert told["ends"] == sorted(told["ends"])
    assert told["ends"][-1] <= 900
    assert "hazard ratio" in told["ratio"]
