"""Before or after gadolinium, and which of several series is used."""

from dataclasses import replace

import pytest
from header_rows import rows, series_of

from gadless.intake.choose import alike, choose, why_not
from gadless.intake.classify import judge
from gadless.intake.contrast import told_apart
from gadless.intake.elements import clock
from gadless.intake.words import known_words

BLANK = dict.fromkeys(rows()[0], "")


def one(description, start=0.0, *, agent="", te="12", tr="500", **more):
    numbers = {"te": te, "tr": tr, "scanning": "SE", "agent": agent}
    series = series_of({**BLANK, "description": description, **numbers})
    head = replace(series.head, study=more.pop("study", "x"), bolus_time=more.pop("bolus", None))
    kind = more.pop("image_type", head.image_type)
    whole = {"step": 5.0, "extent": 150.0, "spacing": (1.0, 1.0), "slices": 31, **more}
    return judge(replace(series, head=replace(head, image_type=kind), start=start, **whole))


NO_AGENT = (
    "no contrast",
    "kein KM",
    "sans injection",
    "NOT GIVEN",
    "zonder",
    "without",
    ".",
    "nee",
)


def told(*exam):
    return [judged.sequence for judged in told_apart(exam)]


def test_an_agent_that_some_series_name_tells_them_apart():
    assert told(one("t1", 0), one("t1", 60, agent="Gadovist")) == ["t1", "t1c"]


def test_an_agent_that_all_series_name_tells_nothing():
    """It was typed in when the patient was registered; the order tells."""
    exam = [one("t1", at, agent="Gadovist") for at in (0, 600)]
    t2 = one("t2", 300, agent="Gadovist", te="100", tr="5000")
    first, last = told_apart([*exam, t2])[:2]
    assert (first.sequence, last.sequence) == ("t1", "t1c")
    # A guess by order alone, and it says so.
    assert last.confidence < 0.7
    assert "the last of several T1" in " ".join(last.reasons)


@pytest.mark.parametrize("nothing", ["NO", "none", "", "0", "N/A", "ohne", *NO_AGENT])
def test_an_agent_that_is_none(nothing):
    assert told(one("t1", 0), one("t1", 60, agent=nothing)) == ["t1", "t1"]


def test_without_a_sign_of_an_agent_two_t1_are_a_repeat():
    assert told(one("t1", 0), one("t1", 300)) == ["t1", "t1"]


def test_a_t1_again_after_other_series_is_not_taken_for_one_without_agent():
    """Nobody wrote an agent down: if one was given, gadolinium would be in the T1."""
    t2 = one("t2", 300, te="100", tr="5000")
    exam = [one("t1", 0), t2, one("t1", 600)]
    assert told(*exam) == ["t1", "t2", "unsure"]
    assert "nothing names an agent" in " ".join(told_apart(exam)[2].reasons)
    assert choose(told_apart(exam))["t1"].series.start == 0
    # Another T1 is no repeat of it.
    assert told(one("t1", 0), t2, one("t1 mprage", 600, te="3", tr="2000"))[2] == "t1"


def test_what_comes_after_a_post_contrast_series_is_after_contrast():
    exam = [one("t1 ax", 0), one("t1 ax post", 600), one("t1 sag", 900)]
    assert told(*exam) == ["t1", "t1c", "t1c"]
    # A T2 that is called so shows it too.
    exam = [one("t2 flair post", 0, te="100", tr="9000"), one("t1 sag", 300)]
    assert told(*exam)[1] == "t1c"


def test_what_comes_after_a_perfusion_is_after_contrast():
    perfusion = one("ep2d_perf DSC", 300, te="30", tr="1500", volumes=50)
    assert told(one("t1", 0), perfusion, one("t1", 600)) == ["t1", "dsc", "t1c"]


def test_a_map_of_labelled_blood_shows_no_agent():
    labelled = [one("pcasl_3d_tra", 200, volumes=40), one("Perfusion_Weighted", 300)]
    found = told(one("t1 sag", 0), *labelled, one("t1 mprage", 600, te="3", tr="2000"))
    assert found == ["t1", "asl", "dsc", "t1"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("093000", 34200.0), ("9:30:00", 34200.0), ("93000", 34200.0), ("93000.50", 34200.5)),
        *(("0930", 34200.0), ("20200305093000", 34200.0), ("093000+0100", 34200.0), ("x", None)),
    ],
)
def test_times_of_the_day(text, seconds):
    assert clock(text) == seconds


def test_the_time_of_the_bolus_decides():
    exam = [one("t1", at, agent="Gd", bolus=200.0) for at in (0, 400)]
    assert told(*exam) == ["t1", "t1c"]


def test_an_enhanced_file_says_whether_agent_was_given():
    exam = [one("t1", 0, administered="NO"), one("t1", 300, administered="YES")]
    assert told(*exam) == ["t1", "t1c"]


def test_words_against_the_order_are_for_a_person_to_look_at():
    """Called pre-contrast, and acquired after a series that names the agent."""
    exam = [one("t1 ax post", 0), one("t1 ax pre", 600)]
    judged = told_apart(exam)[1]
    assert judged.sequence == "unsure"
    assert "before or after contrast?" in judged.reasons[0]


def test_t1_is_chosen_like_t1c():
    """A thin T1 of another kind is no match for the T1c."""
    thin = one("t1 mprage", 0, te="3", tr="2300", step=1.0, spacing=(1.0, 1.0))
    thick = one("t1 se", 100)
    after = one("t1 se post", 600)
    exam = told_apart([thin, thick, after])
    chosen = choose(exam)
    assert chosen["t1"].series.start == 100
    assert alike(chosen["t1"], chosen["t1c"])
    assert "acquired like the t1c" in why_not(exam[0], chosen) or "smaller" in why_not(
        exam[0], chosen
    )
    # Where both are thin, the thin pair is used.
    both = told_apart([thin, thick, after, one("t1 mprage post", 900, te="3", tr="2300", step=1.0)])
    assert choose(both)["t1c"].series.step == 1.0
    assert choose(both)["t1"].series.step == 1.0


@pytest.mark.parametrize(
    ("worse", "why"),
    [
        ({"slices": 20, "extent": 95.0}, "ended early (20 of 31 slices)"),
        ({"fault": "3 slices are missing"}, "3 slices are missing"),
        ({"volumes": 4}, "4 images at each place"),
        ({"step": 6.0, "extent": 150.0}, "smaller voxels"),
        ({"image_type": ("DERIVED", "PRIMARY", "M")}, "the later complete one is used"),
    ],
)
def test_a_worse_one_is_not_chosen_though_it_is_the_last(worse, why):
    good = one("t2", 0, te="100", tr="5000")
    bad = one("t2", 500, te="100", tr="5000", **worse)
    chosen = choose([good, bad])
    assert chosen["t2"] is good
    assert why in why_not(bad, chosen)


def test_a_flair_before_contrast_is_preferred():
    exam = [one("flair", at, te="100", tr="9000") for at in (0,)]
    exam.append(one("flair post", 500, te="100", tr="9000"))
    assert choose(exam)["flair"] is exam[0]


BEFORE = """t1_se_tra_o.KM|t1 v. KM|T1 vor Kontrastmittel|t1_tse KM-|T1 KM -|t1_-KM|T1 nat.
T1 avant gado|T1 SANS INJECTION|T1 non injecté|T1 sans produit de contraste
T1 zonder gado|T1 voor contrast|T1 blanco|T1 Gd-|T1 antes de contraste|T1 s/c
T1 prima mdc|T1 basale|T1 bez kontrastu|T1_C-|T1 utan kontrast|T1 sem contraste
T1 før kontrast|T1 pre inj|T1 w/o gad|T1 nonCE|T1 kein KM"""
AFTER = """t1_se_tra_m.KM|t1 n. KM|T1 nach Kontrastmittel|T1 nach KM-Gabe|T1-KM|T1 KM - sag
T1 Gd-DTPA|T1 après IV|T1 injecté|T1 na contrast|T1 met gado|T1 con civ|T1 c/c
T1 po kontrascie|T1 KONTRAST|T1 med kontrast|T1 avec PDC|T1 Vueway|T1 KM+|T1 IV+
T1 mKM|T1 POST IV|T1 tras contraste"""


@pytest.mark.parametrize("description", BEFORE.replace("\n", "|").split("|"))
def test_without_agent_in_the_words_of_many_languages(description):
    assert {"t1", "pre"} <= set(known_words([description]))
    assert "post" not in known_words([description])


@pytest.mark.parametrize("description", AFTER.replace("\n", "|").split("|"))
def test_with_agent_in_the_words_of_many_languages(description):
    assert {"t1", "post"} <= set(known_words([description]))
    assert "pre" not in known_words([description])


@pytest.mark.parametrize("description", ["t1_tse KM-", "T1 -C", "T1 Gd-"])
def test_a_dash_that_denies_an_agent_is_no_subtraction(description):
    assert told(one(description)) == ["t1"]


@pytest.mark.parametrize(
    "description",
    [
        "T1 subtraktion",
        "soustraction T1 gado",
        "substractie T1",
        "T1 resta",
        "T1c-T1",
        "T1 KM - sub",
    ],
)
def test_a_subtraction_in_other_words(description):
    kind = ("DERIVED", "SECONDARY")
    assert told(one(description, image_type=kind)) == ["derived"]


def test_what_is_not_sure_after_all_is_not_taken():
    """The last doubt, that nothing names an agent, counts as the others do."""
    doubtful = one("mprage tra MPR Range", te="3", tr="2000", image_type=("DERIVED", "SECONDARY"))
    (found,) = told_apart([replace(doubtful, sequence="t1", confidence=0.52)])
    assert (found.sequence, found.confidence) == ("unsure", 0.47)


@pytest.mark.parametrize("part", ["KNEE", "CSPINE", "L SPINE", "NECK", "BREAST"])
def test_another_part_of_the_body_is_no_brain(part):
    head = one("t1").series
    (found,) = told_apart([judge(replace(head, head=replace(head.head, body_part=part)))])
    assert found.sequence in ("other", "unsure")


@pytest.mark.parametrize(
    "part", ["", "HEAD", "BRAIN", "SKULL", "HEADNECK", "HEAD NECK", "WHOLEBODY"]
)
def test_a_head_is_a_head(part):
    head = one("t1").series
    assert judge(replace(head, head=replace(head.head, body_part=part))).sequence == "t1"


def test_what_is_called_both_is_neither():
    assert {"pre", "post"} <= set(known_words(["T1 pre and post"]))
