"""What jobs do not import: it costs more than what they do with it, once a job."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1] / "workflow" / "scripts"


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def imports_of(script: str) -> str:
    """The script down to where its work begins."""
    return (SCRIPTS / script).read_text().partition("\nwith started")[0]


@pytest.mark.parametrize(
    ("script", "absent"),
    [
        ("phantom.py", ["torch", "pydicom", "scipy.stats", "matplotlib"]),
        ("preprocess.py", ["torch", "pydicom", "scipy.stats", "pandas", "matplotlib"]),
        ("synthesise.py", ["pydicom", "scipy.ndimage", "SimpleITK", "pandas"]),
        ("segment.py", ["pydicom", "scipy.ndimage", "SimpleITK", "pandas"]),
        ("measure.py", ["torch", "pydicom", "scipy.stats", "SimpleITK"]),
    ],
)
def test_jobs_import_what_they_use(script: str, absent: list[str]) -> None:
    found = run(
        f"{imports_of(script)}\nimport sys\nprint([n for n in {absent} if n in sys.modules])"
    )
    assert found.strip() == "[]"


@pytest.mark.parametrize("script", ["synthesise.py", "segment.py"])
def test_jobs_take_torch_without_its_compilers(script: str) -> None:
    code = "import sys\nprint([n for n in ('torch', 'torch._refs') if n in sys.modules])"
    assert run(f"{imports_of(script)}\n{code}").strip() == "['torch']"


def test_what_torch_left_out_comes_when_asked_for() -> None:
    code = (
        "from gadless.lean import torch\n"
        "import torch._meta_registrations\n"
        "one = torch.empty(2, 3, device='meta')\n"
        "print(tuple((one @ one.T).shape))"
    )
    assert run(code).strip() == "(2, 2)"


def test_the_dicom_reader_is_there_for_who_asks() -> None:
    assert run("import gadless.nifti, pydicom; print(pydicom.__name__)").strip() == "pydicom"


def test_what_was_imported_before_stays() -> None:
    code = "import pydicom, sys; import gadless.nifti; print(sys.modules['pydicom'] is pydicom)"
    assert run(code).strip() == "True"


@pytest.mark.parametrize(
    "script", [path.name for path in sorted(SCRIPTS.glob("*.py")) if "started(" in path.read_text()]
)
def test_scripts_look_for_no_garbage_while_they_import(script: str) -> None:
    lines = (SCRIPTS / script).read_text().splitlines()
    first = next(line for line in lines if "gadless" in line and "import" in line)
    assert first.startswith(("import gadless.swift ", "import gadless.lean "))


def test_work_looks_for_garbage_again() -> None:
    code = (
        "import gadless.swift, gc\n"
        "print(gc.isenabled())\n"
        "gadless.swift.settle()\n"
        "from gadless.lean import torch\n"
        "print(gc.isenabled(), gc.get_freeze_count() > 100000)"
    )
    assert run(code).split() == ["False", "True", "True"]
