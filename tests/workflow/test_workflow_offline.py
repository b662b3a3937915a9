"""No network at run time: a trial to its report, and every module, with the network cut off."""

import json
import os
import pkgutil
import shutil
import subprocess
import sys

import pytest
from workspace import measured_workspace

import gadless

GUARD = '''
"""Stands in for a machine without a network: says who asks for one, and refuses."""
import os, socket, sys, traceback

_ALLOWED = (getattr(socket, "AF_UNIX", None),)


def _told(what, address):
    with open(os.environ["GUARD_LOG"], "a", encoding="utf-8") as log:
        log.write(f"{what} {address!r} by {sys.argv[:2]}\\n")
        traceback.print_stack(limit=5, file=log)
    raise OSError(101, "Network is unreachable")


def _refuse(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        if arguments[0].family not in _ALLOWED:
            _told(event, arguments[1])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        if arguments[0] not in (None, "", "localhost", "127.0.0.1", socket.gethostname()):
            _told(event, arguments[0])


sys.addaudithook(_refuse)
'''

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


def cut_off() -> list[str]:
    """Return what a command begins with to have no network; nothing where that is not allowed."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return []
    for flags in (["-n"], ["-rn"]):
        if (
            subprocess.run([unshare, *flags, "true"], capture_output=True, check=False).returncode
            == 0
        ):
            return [unshare, *flags]
    return []


@pytest.fixture
def offline(tmp_path):
    """Run a command without a network; return its output, and check that none was asked for."""
    guard = tmp_path / "guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD)
    log = guard / "asked.log"

    def run(command, folder, source):
        path = os.pathsep.join([str(guard), str(source)])
        environment = {**os.environ, "PYTHONPATH": path, "GUARD_LOG": str(log)}
        done = subprocess.run(
            [*cut_off(), *command],
            cwd=folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
        assert not log.exists(), log.read_text()[:4000]
        return done.stdout

    run.log = log
    return run


def test_the_guard_sees_a_connection(offline, tmp_path):
    program = "import socket; socket.socket().connect(('192.0.2.1', 9))"
    with pytest.raises(AssertionError):
        offline([sys.executable, "-c", program], tmp_path, tmp_path)
    assert "socket.connect ('192.0.2.1', 9)" in offline.log.read_text()


def test_a_trial_runs_to_its_report(offline, tmp_path):
    trial = measured_workspace(tmp_path / "copy")
    command = [sys.executable, "-m", "snakemake", "--configfile", "trial.yaml", "--cores", "2"]
    offline(command, trial.folder, trial.folder / "src")
    assert (trial.folder / "results" / "report" / "index.html").is_file()


def test_every_module_is_imported(offline, tmp_path):
    names = [one.name for one in pkgutil.walk_packages(gadless.__path__, "gadless.")]
    names = [name for name in names if not name.endswith("__main__")]
    assert "gadless.networks.external.nnunet" in names
    source = os.path.dirname(os.path.dirname(gadless.__file__))  # noqa: PTH120
    told = offline([sys.executable, "-c", IMPORT, json.dumps(names)], tmp_path, source)
    assert json.loads(told.splitlines()[-1]) == {}
