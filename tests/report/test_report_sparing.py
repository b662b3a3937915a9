"""What the page says of the exams that could do without contrast, and its figure."""

import pandas as pd
from spared_rows import spared_rows as rows

from gadless.report.figures.spared import draw_spared
from gadless.report.results import Results
from gadless.report.sparing import paragraphs
from gadless.tables import write_table


def results(trial, tmp_path, table, **config):
    path = tmp_path / "sparing.tsv"
    write_table(pd.DataFrame(table), path)
    return Results(trial.make_config(**config), {"sparing": path})


def reason(candidate):
    return {"candidate": candidate, "criteria": "rano2-2023-volume", "warning": "no <interval>"}


def test_the_paragraph_holds_the_tables_figures(trial, tmp_path):
    found = results(trial, tmp_path, [*rows(), reason("unet")])
    what, cgan, unet = paragraphs(found)
    assert "afterwards" in what
    for words in (
        "doubt exceeds 6%",
        "41.0% (95% interval 38.0% to 44.0%) of 200 exams",
        "12.0% (95% interval 8.0% to 17.0%) of the patients",
        "at most 15%",
        "at random: 24.0%",
        "reaches beyond the target",
    ):
        assert words in cgan
    assert unet == "unet: which exams could do without contrast is not known; no <interval>."
    narrow = results(trial, tmp_path, rows(upper=0.14))
    assert "reaches beyond" not in paragraphs(narrow)[1]


def test_where_nothing_can_be_spared_it_says_so(trial, tmp_path):
    found = results(trial, tmp_path, rows(saved=0.0, shown=0.0), candidates=["cgan"])
    assert "no threshold keeps the discordance within the target of 15%" in paragraphs(found)[1]


def test_the_figure_draws_who_can_be_asked(trial, tmp_path):
    drawing = draw_spared(results(trial, tmp_path, [*rows(), reason("unet")]))
    assert drawing.absent is None
    assert drawing.alt == (
        "cgan: at the chosen threshold 41% of exams spared, 12% of patients differ."
    )
    titles = [axes.get_title(loc="left") for axes in drawing.figure.axes]
    assert titles[0] == "cgan"
    both = draw_spared(results(trial, tmp_path, [*rows(), *rows("unet")]))
    assert [axes.get_title(loc="left") for axes in both.figure.axes] == ["cgan", "unet"]


def test_without_an_interval_a_reason_stands_in_its_place(trial, tmp_path):
    found = results(trial, tmp_path, [reason("cgan"), reason("unet")])
    assert draw_spared(found).absent == (
        "No candidate can tell which exams need contrast: no <interval>."
    )
    assert len(paragraphs(found)) == 2
    none = Results(trial.make_config(), {})
    assert draw_spared(none).absent
    assert paragraphs(none) == ["It was not asked which exams could do without contrast."]
    alone = results(trial, tmp_path, [reason("cgan")], candidates=[])
    assert "no candidate" in paragraphs(alone)[0]
