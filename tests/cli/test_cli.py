"""The command: what it prints, and its exit status."""

import json
import subprocess
import sys

import pytest
from kept import put, results

from gadless import __version__
from gadless.cli import COMMANDS, main
from gadless.commands.words import amount, shown


@pytest.fixture
def kept(tmp_path):
    return results(tmp_path)


def test_results_that_match(kept, capsys):
    assert main(["verify", str(kept)]) == 0
    out = capsys.readouterr().out
    assert out == f"{kept}: all as recorded (32 results and 1 input, 1.7 kB read)\n"


def test_one_byte_changed_is_named_in_the_first_lines(kept, capsys):
    path = kept / "visits/P001/V1/synthetic/cgan.nii.gz"
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)
    assert main(["verify", str(kept)]) == 1
    first, _, heading, line = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{kept}: DOES NOT MATCH: 1 changed since they were made (")
    assert heading == "changed since they were made:"
    assert line == "  visits/P001/V1/synthetic/cgan.nii.gz (synthesise/P001/V1)"


def test_of_many_a_few_unless_all_are_asked_for(kept, capsys):
    for number in range(25):
        put(kept, f"trial/extra{number:02}.tsv", "x")
    assert main(["verify", str(kept)]) == 1
    assert "  ... and 15 more (--all)" in capsys.readouterr().out
    assert main(["verify", str(kept), "--all"]) == 1
    assert "extra24.tsv" in capsys.readouterr().out


def test_for_a_program(kept, capsys):
    (kept / "trial/survival.tsv").unlink()
    (kept.parent / "scans/t1.nii.gz").unlink()
    assert main(["verify", str(kept), "--json", "--no-inputs", "--cores", "2"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["matches"] is False
    assert told["findings"]["missing"] == ["trial/survival.tsv (statistics)"]
    assert told["findings"]["inputs_missing"] == []
    assert told["files"] == 31


def test_what_is_no_results_folder_is_one_line(tmp_path, capsys):
    assert main(["verify", str(tmp_path / "none")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "no such folder" in error


def test_the_module_is_the_command(kept):
    done = subprocess.run(
        [sys.executable, "-m", "gadless", "verify", str(kept)], capture_output=True, check=False
    )
    assert done.returncode == 0
    assert b"all as recorded" in done.stdout


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    assert all(name in out for name in COMMANDS)
    with pytest.raises(SystemExit):
        main(["--version"])
    assert __version__ in capsys.readouterr().out


def test_prune_needs_a_configuration_and_a_workflow(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["prune"]) == 2
    assert "config.yaml: cannot be read" in capsys.readouterr().err


def test_words():
    assert [amount(size) for size in (0, 999, 1000, 2.5e6, 3e9, 5e12, 2e15)] == [
        *("0 bytes", "999 bytes", "1.0 kB", "2.5 MB", "3.0 GB", "5.0 TB", "2000.0 TB")
    ]
    assert shown(["a", "b"]) == ["  a", "  b"]


def test_a_command_waits_for_no_other_ones_libraries():
    code = "import gadless.cli, importlib, sys; "
    code += "[importlib.import_module(f'gadless.commands.{c}') for c in gadless.cli.COMMANDS]; "
    code += "sys.exit(bool({'pandas', 'pydicom'} & set(sys.modules)) * 3)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
