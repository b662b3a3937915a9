"""Every kind of page by axe-core, wide and narrow, on the screen and printed.

`npm pack axe-core`, and name its `axe.min.js` in the variable AXE_CORE; else these are skipped.
"""

import pytest
from browser import violations

from gadless.report.build import build_report
from gadless.report.patients.build import build_pages


@pytest.mark.parametrize("medium", ["screen", "print"])
@pytest.mark.parametrize("size", ["1400,900", "500,844"])
@pytest.mark.parametrize("page", ["index.html", "patients.html", "patients/P01.html"])
def test_nobody_is_kept_out(page, size, medium, write_tables, config, tmp_path):
    tables, folder = write_tables(), tmp_path / "report"
    if page == "index.html":
        build_report(config, tables, [], {}, folder)
    else:
        build_pages(config, tables, {}, folder)
    path = folder / page
    if medium == "print":
        text = path.read_text(encoding="utf-8")
        assert "@media print" in text
        path.write_text(text.replace("@media print", "@media all"), encoding="utf-8")
    assert violations(path, tmp_path / "profile", size) == []


def test_a_fault_is_found(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        "<!DOCTYPE html><html><head><title>t</title></head><body><main><h1>t</h1>"
        '<img src="data:,"><p style="color:#bbb">too faint to be read</p></main></body></html>'
    )
    found = {one.partition(":")[0] for one in violations(page, tmp_path / "profile")}
    assert {"html-has-lang", "image-alt", "color-contrast"} <= found
