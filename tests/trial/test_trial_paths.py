"""Paths in a configuration count from the file that gives them; messages say where was looked."""

import json
from pathlib import Path

import pytest
import yaml

from gadless.errors import InputError
from gadless.trial.config import Config, Section, read_config, with_paths
from gadless.trial.config.paths import PathText

BASE = {"patients": "p.tsv", "measurements": "m.tsv"}


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Write YAML files in folders of their own, beside the working directory `work`."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def write(**contents):
        written = []
        for folder, content in contents.items():
            (tmp_path / folder).mkdir(exist_ok=True)
            path = tmp_path / folder / "trial.yaml"
            path.write_text(yaml.safe_dump(content))
            written.append(path)
        return written

    return write


def merged(paths, command_line):
    """Merge as Snakemake does: mappings at every depth, all else replaced."""

    def over(old, new):
        for key, value in new.items():
            both = isinstance(value, dict) and isinstance(old.get(key), dict)
            old[key] = over(dict(old[key]), value) if both else value
        return old

    whole = {}
    for path in paths:
        over(whole, yaml.safe_load(path.read_text()))
    return over(whole, command_line)


def resolved(paths, **command_line):
    return with_paths(merged(paths, command_line), Config, paths, command_line)


def test_a_path_counts_from_its_file_and_lies_in_the_working_directory_where_it_can(files):
    """Inside the working directory a path stays short, so that a moved folder changes nothing."""
    found = resolved(files(work={**BASE, "results": "out/", "lock": "../lock.yaml"}))
    assert found == {**BASE, "results": "out", "lock": str(Path.cwd().parent / "lock.yaml")}
    other = Path.cwd().parent / "other"
    found = resolved(files(other={**BASE, "results": "../work/out"}))
    assert found["patients"] == str(other / "p.tsv")
    assert found["results"] == "out"


def test_each_key_counts_from_the_last_file_that_gives_it(files):
    first = {
        **BASE,
        "networks": {"cgan": {"weights": "c.safetensors"}, "unet": {"weights": "u.safetensors"}},
        "training": {"patients": "t.tsv", "held_out": 0.1},
    }
    second = {"patients": "q.tsv", "networks": {"unet": {"weights": "v.safetensors"}}}
    found = resolved(files(one=first, two=second))
    above = Path.cwd().parent
    assert found["patients"] == str(above / "two" / "q.tsv")
    assert found["measurements"] == str(above / "one" / "m.tsv")
    assert found["networks"]["cgan"]["weights"] == str(above / "one" / "c.safetensors")
    assert found["networks"]["unet"]["weights"] == str(above / "two" / "v.safetensors")
    assert found["training"] == {"patients": str(above / "one" / "t.tsv"), "held_out": 0.1}


def test_the_command_line_and_defaults_count_from_the_working_directory(files):
    paths = files(one={**BASE, "results": "out", "networks": {"cgan": {"weights": "c"}}})
    more = {"results": "here", "networks": {"unet": {"weights": "u"}}}
    found = resolved(paths, **more)
    assert found["results"] == "here"
    assert found["networks"]["unet"]["weights"] == "u"
    assert found["networks"]["cgan"]["weights"] == str(Path.cwd().parent / "one" / "c")
    assert read_config(resolved(files(one=BASE))).results == "results"


def test_a_file_named_through_a_link_to_the_working_directory_lies_in_it(files, tmp_path):
    (tmp_path / "link").symlink_to("work")
    files(work={**BASE, "results": "out"})
    found = resolved([tmp_path / "link" / "trial.yaml"])
    assert (found["patients"], found["results"]) == ("p.tsv", "out")
    # While results that are a link to a large disk stay the link.
    (tmp_path / "disk").mkdir()
    Path("out").symlink_to(tmp_path / "disk")
    assert resolved([Path("trial.yaml").absolute()])["results"] == "out"


def test_home_json_and_empty_values(files, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    content = {**BASE, "patients": "~/p.tsv", "results": "", "lock": None, "name": "a/b"}
    path = tmp_path / "trial.json"
    path.write_text(json.dumps(content))
    found = resolved([path])
    assert found["patients"] == str(tmp_path / "home" / "p.tsv")
    assert (found["results"], found["lock"], found["name"]) == ("", None, "a/b")
    unknown = files(work={**BASE, "results": "~no-such-user/x"})
    assert resolved(unknown)["results"] == "~no-such-user/x"


class Part(Section):
    file: PathText | None = None
    word: str = "x"


class Whole(Section):
    files: list[PathText]
    parts: dict[str, Part]
    rows: list[Part] | None = None
    by_name: dict[str, PathText]


def test_a_new_key_follows_by_its_type(files):
    raw = {
        "files": ["a", "b"],
        "parts": {"one": {"file": "a", "word": "a"}},
        "rows": [{"file": "a"}],
        "by_name": {"x": "a"},
        "unknown": "a",
    }
    base = Path.cwd().parent / "one"
    found = with_paths(raw, Whole, files(one=raw), {})
    assert found == {
        "files": [str(base / "a"), str(base / "b")],
        "parts": {"one": {"file": str(base / "a"), "word": "a"}},
        "rows": [{"file": str(base / "a")}],
        "by_name": {"x": str(base / "a")},
        "unknown": "a",
    }


@pytest.mark.parametrize(
    "raw",
    [{"patients": 7}, {"networks": None}, {"networks": ["x"]}, {"training": "x"}, {"results": []}],
)
def test_values_of_a_wrong_type_are_left_to_the_checks_of_the_model(files, raw):
    whole = {**BASE, **raw}
    paths = files(work=whole)
    assert with_paths(whole, Config, paths, {}) == whole


def described(model, above=()):
    """Keys whose descriptions say that a file or a folder is meant."""
    words = ("sheet of", "table of measurements", "file that", "a safetensors file", "folder for")
    for name, field in model.model_fields.items():
        if (field.description or "").casefold().startswith(words):
            yield (*above, name)
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(kind, type) and issubclass(kind, Section):
                yield from described(
                    kind, (*above, name, *["any"] * (kind is not field.annotation))
                )


def test_every_path_of_the_configuration_is_marked(files):
    """A key that describes a file and is no path would count from somewhere else in silence."""
    keys = set(described(Config))
    assert {("patients",), ("results",), ("lock",), ("networks", "any", "weights")} <= keys
    for key in keys:
        raw = "x"
        for name in reversed(key):
            raw = {name: raw}
        assert str(Path.cwd().parent / "one" / "x") in str(resolved(files(one=raw))), key


@pytest.mark.parametrize("results", ["", " ", "a{b", "{patient}", "a\nb", " a", "a ", "a\0"])
def test_results_are_a_folder_that_snakemake_can_write(results):
    with pytest.raises(InputError, match=r"results: .*(empty|wildcard|space|no text)"):
        read_config({**BASE, "results": results})


@pytest.mark.parametrize("results", ["a+b", "res (1)", "v1.0 (final)", "a|b", "Größe", "[x]", "a*"])
def test_no_character_of_results_means_anything_else(results):
    assert read_config({**BASE, "results": results}).results == results
