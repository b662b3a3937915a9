"""A page in a headless Chromium, driven by a script of the test's own; no library in between."""

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_BEFORE = """<script>
var faults = [];
addEventListener("error", function (event) { faults.push(String(event.message)); });
addEventListener("unhandledrejection", function (event) { faults.push(String(event.reason)); });
["error", "warn"].forEach(function (kind) {
  console[kind] = function () { faults.push(Array.prototype.join.call(arguments, " ")); };
});
</script>"""
_AFTER = """<script>
(async function () {
  var told = {};
  function wait(ms) { return new Promise(function (done) { setTimeout(done, ms); }); }
  function one(selector) { return document.querySelector(selector); }
  function all(selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); }
  function change(input, value) {
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  try { await wait(300); %s } catch (error) { faults.push(String(error.stack || error)); }
  var made = document.createElement("pre");
  made.id = "driven";
  made.textContent = JSON.stringify({ told: told, faults: faults });
  document.body.appendChild(made);
})();
</script>
</body>"""

_RULES = """
all("details").forEach(function (one) { one.open = true; });
await wait(300);
var found = await axe.run(document, { rules: { "target-size": { enabled: true } } });
told.rules = found.passes.length;
told.violations = found.violations.map(function (rule) {
  return rule.id + ": " + rule.nodes.map(function (node) { return node.target.join(" "); });
});
"""


def browser() -> str:
    """Return the browser; the test is skipped where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser here: one of {', '.join(NAMES)}")
    return found


def drive(page: Path, steps: str, scratch: Path, size: str = "1400,900") -> dict[str, Any]:
    """Open a page, run steps that fill `told`, and return it.

    Parameters
    ----------
    page : Path
        A copy of it is driven, in its own folder, so that what lies beside it is found.
    steps : str
        JavaScript; ``wait``, ``one``, ``all`` and ``change`` are at hand.
    scratch : Path
        For the browser's profile.
    size : str
        Of the window.
    """
    text = page.read_text(encoding="utf-8")
    assert text.count("</body>") == 1
    driven = page.with_name(f".driven_{page.name}")
    text = re.sub("<head>", lambda _: f"<head>{_BEFORE}", text, count=1)
    driven.write_text(text.replace("</body>", _AFTER.replace("%s", steps)), encoding="utf-8")
    command = [
        *(browser(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
        *("--disable-background-networking", f"--user-data-dir={scratch}"),
        *("--virtual-time-budget=20000", f"--window-size={size}", "--dump-dom", driven.as_uri()),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    finally:
        driven.unlink()
    found = re.search(r'<pre id="driven">(.*?)</pre>', done.stdout, flags=re.DOTALL)
    assert found, done.stdout[-2000:]
    content: dict[str, Any] = json.loads(html.unescape(found[1]))
    assert content["faults"] == [], content["faults"]
    return dict(content["told"])


def violations(page: Path, scratch: Path, size: str = "1400,900") -> list[str]:
    """Hold a page, with all of it unfolded, against axe-core's rules; skipped where it is not.

    Parameters
    ----------
    page, scratch, size
        As of `drive`.

    Returns
    -------
    list of str
        Each rule that is broken, and where.
    """
    path = os.environ.get("AXE_CORE")
    if not path:
        pytest.skip("no axe-core: AXE_CORE names no axe.min.js")
    rules = Path(path).read_text(encoding="utf-8").replace("</", "<\\/")
    told = drive(page, f"{rules};\n{_RULES}", scratch, size)
    assert told["rules"] > 10
    return list(told["violations"])
