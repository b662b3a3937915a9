"""No network at run time: a run of the workflow in any test (`Workspace`), and every module."""

import json
import pkgutil
import sys
from pathlib import Path

import pytest
from offline import run_offline

import gadless

IMPORT = """
import importlib, json, sys
failed = {}
for name in json.loads(sys.argv[1]):
    try:
        importlib.import_module(name)
    except ImportError as error:
        failed[name] = str(error)
print(json.dumps(failed))
"""


@pytest.mark.parametrize(
    "program",
    [
        "import socket; socket.socket().connect(('192.0.2.1', 9))",
        "import socket; socket.getaddrinfo('example.org', 443)",
        "import subprocess, sys; subprocess.run([sys.executable, '-c',"
        " 'import socket; socket.socket().connect((\\'192.0.2.1\\', 9))'])",
    ],
)
def test_the_guard_sees_who_asks(program, tmp_path):
    with pytest.raises(AssertionError, match=r"192\.0\.2\.1|example\.org"):
        run_offline([sys.executable, "-c", program], tmp_path, tmp_path, tmp_path / "guard")


def test_every_module_is_imported(tmp_path):
    names = [one.name for one in pkgutil.walk_packages(gadless.__path__, "gadless.")]
    names = [name for name in names if not name.endswith("__main__")]
    assert "gadless.networks.external.nnunet" in names
    source = Path(gadless.__file__).parents[1]
    command = [sys.executable, "-c", IMPORT, json.dumps(names)]
    done = run_offline(command, tmp_path, source, tmp_path / "guard")
    assert done.returncode == 0, done.stderr[-4000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {}
