"""Imports run one way, and stages stay light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "gadless"
ORDER = ("trial", "images", "networks", "measurement", "response", "statistics", "report")
HEAVY = {"measurement": {"torch"}, "response": {"torch", "SimpleITK"}}
HEAVY["statistics"] = HEAVY["report"] = HEAVY["response"]


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import by full name"
            names.add(str(node.module))
    return names


def packages_of(name: str) -> set[str]:
    parts = [
        name.split(".")[1:2]
        for path in (PACKAGE / name).rglob("*.py")
        for name in imported(path)
        if name.startswith("gadless.")
    ]
    return {part for found in parts for part in found} & {
        *ORDER,
        "phantom",
        "vocabulary",
    }


@pytest.mark.parametrize("name", ORDER)
def test_a_package_imports_none_further_right(name):
    allowed = {*ORDER[: ORDER.index(name) + 1], "vocabulary"}
    if name == "report":
        allowed = {"trial", "vocabulary", "report"}
    assert packages_of(name) <= allowed


def test_phantom_stands_beside_trial_and_images():
    assert packages_of("phantom") <= {"phantom", "trial", "images"}


def test_foundation_imports_no_package():
    # The command stands above all.
    command = {PACKAGE / "cli.py", PACKAGE / "__main__.py"}
    for path in {*PACKAGE.glob("*.py"), *(PACKAGE / "vocabulary").glob("*.py")} - command:
        found = {name.split(".")[1] for name in imported(path) if name.startswith("gadless.")}
        assert not found & {*ORDER, "phantom"}, path


def test_what_a_results_folder_is_asked_needs_no_stage():
    """`gadless verify` starts in a moment, wherever the results lie."""
    assert not packages_of("audit")
    beside = set((PACKAGE / "export").glob("*.py"))
    names = {name.split(".")[1] for path in beside for name in imported(path) if "." in name}
    assert not names & {*ORDER, "phantom", "vocabulary"}
    code = "import gadless.commands.verify, sys; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_data_sets_for_submissions_come_after_response_and_need_nothing_heavy():
    assert packages_of("export") == packages_of("export/cdisc") == {"trial", "response"}
    paths = (PACKAGE / "export" / "cdisc").rglob("*.py")
    used = {name.split(".")[0] for path in paths for name in imported(path)}
    assert not used & {"torch", "SimpleITK", "lifelines", "statsmodels"}


def test_the_vocabulary_imports_itself_alone():
    for path in (PACKAGE / "vocabulary").glob("*.py"):
        if path.name != "__main__.py":
            assert all(
                name.startswith("gadless.vocabulary")
                for name in imported(path)
                if name.startswith("gadless")
            )


def test_within_statistics_comparisons_use_the_middle_and_that_the_estimators():
    folder = PACKAGE / "statistics"
    for path in folder.rglob("*.py"):
        inside = {name for name in imported(path) if name.startswith("gadless.statistics")}
        part = path.relative_to(folder).parts[0]
        if part == "estimators":
            assert all(name.startswith("gadless.statistics.estimators") for name in inside), path
            assert not {name for name in imported(path) if name.startswith("gadless.trial")}, path
        elif part not in ("comparisons", "analyse.py"):
            assert not any(name.startswith("gadless.statistics.comparisons") for name in inside)


@pytest.mark.parametrize("name", HEAVY)
def test_light_stages_do_without_heavy_libraries(name):
    used = {
        name.split(".")[0] for path in (PACKAGE / name).rglob("*.py") for name in imported(path)
    }
    assert not used & HEAVY[name]


def test_image_jobs_do_not_wait_for_pandas():
    """Loading it costs half a second, four times a visit."""
    modules = ("images.preprocess", "networks.synthesise", "networks.segment", "measurement.panel")
    imports = "; ".join(f"import gadless.{name}" for name in modules)
    code = f"{imports}; import sys; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_intake_writes_sheets_and_imports_what_reads_them():
    assert packages_of("intake") <= {"trial", "images"}
    # Of images, the first look at a file, and what unpacks DICOM: neither needs a further library.
    looks = {name for path in (PACKAGE / "intake").rglob("*.py") for name in imported(path)}
    assert {name for name in looks if name.startswith("gadless.images")} <= {
        "gadless.images.formats",
        "gadless.images.packed",
    }
    for path in (PACKAGE / "trial").rglob("*.py"):
        assert not any(name.startswith("gadless.intake") for name in imported(path)), path
