"""The hash of a stage's code: what changes it and what does not."""

from pathlib import Path

import pytest

from gadless import provenance


@pytest.fixture
def stage(tmp_path: Path, monkeypatch):
    """A package of three modules, of which the script reaches two."""
    package = tmp_path / "gadless"
    for name in ("near", "far", "elsewhere"):
        (package / name).mkdir(parents=True)
        (package / name / "__init__.py").write_text(f'"""Package {name}."""\n')
    (package / "__init__.py").touch()
    (package / "near" / "work.py").write_text("from gadless.far.deep import x\n\ny = x + 1\n")
    (package / "far" / "deep.py").write_text("x = 1\n")
    (package / "far" / "rules.yaml").write_text("a: 1\n")
    (package / "elsewhere" / "other.py").write_text("z = 1\n")
    script = tmp_path / "script.py"
    script.write_text("from gadless.near.work import y\n\nprint(y)\n")
    monkeypatch.setattr(provenance, "_PACKAGE", package)

    def version() -> str:
        for cached in (provenance._imports, provenance._tree, provenance._syntax):
            cached.cache_clear()
        return provenance.code_version(script)

    return package, script, version


@pytest.mark.parametrize(
    ("file", "text", "changes"),
    [
        ("far/deep.py", "# why\nx = 1\n", False),
        ("far/deep.py", '"""What it does."""\n\nx = 1\n', False),
        ("far/deep.py", "x  =  1\n", False),
        ("elsewhere/other.py", "z = 2\n", False),
        ("far/deep.py", "x = 2\n", True),
        ("far/rules.yaml", "a: 2\n", True),
        ("near/work.py", "from gadless.far.deep import x\n\ny = x + 2\n", True),
        ("../script.py", "from gadless.near.work import y\n\nprint(y, y)\n", True),
    ],
)
def test_only_code_that_the_script_reaches_changes_its_version(stage, file, text, changes):
    package, _, version = stage
    before = version()
    (package / file).write_text(text)
    assert (version() != before) == changes


def test_a_comment_in_the_script_does_not_change_its_version(stage):
    _, script, version = stage
    before = version()
    script.write_text("# a comment\n" + script.read_text())
    assert version() == before


def test_how_a_job_is_started_and_recorded_is_no_part_of_its_code(stage):
    package, script, version = stage
    (package / "task.py").write_text("x = 1\n")
    before = version()
    script.write_text("from gadless.task import x\n" + script.read_text())
    with_task = version()
    assert with_task != before  # the script itself
    (package / "task.py").write_text("from gadless.elsewhere.other import z as x\n")
    assert version() == with_task


def test_where_the_script_and_the_package_lie_does_not_change_the_version(stage):
    _, script, version = stage
    before = version()
    for folder in ("a", "z"):  # before the package in the alphabet, and after
        moved = script.parent / folder / script.name
        moved.parent.mkdir()
        moved.write_text(script.read_text())
        assert provenance.code_version(moved) == before


def test_fingerprint_by_content_sees_a_replacement_with_the_same_time(tmp_path):
    import os

    path = tmp_path / "scan"
    path.write_text("one")
    stat = path.stat()
    by_time, by_content = provenance.fingerprint(path), provenance.fingerprint(path, content=True)
    path.write_text("two")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert provenance.fingerprint(path) == by_time
    assert provenance.fingerprint(path, content=True) != by_content


def test_fingerprint_of_what_is_not_there():
    assert provenance.fingerprint(None) == provenance.fingerprint("no such file") == "none"


def test_the_version_is_the_same_under_every_python(stage):
    """A newer Python knows more of a function (``type_params``), and shows less that is empty."""
    package, _, version = stage
    text = "def f(x: int = 1, *, y=None):\n    return x if y is None else f'{y!r:>4}'\n"
    (package / "far" / "deep.py").write_text(f"{text}\n\nx = f(1)\n")
    assert version() == "3ccc4790fa28c1a4"
