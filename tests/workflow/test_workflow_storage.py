"""Object storage: what a plugin cannot carry is refused, and a copy there and back stays fresh."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from workspace import Workspace, measured_workspace

BUCKET = "trial-results"


@pytest.fixture(scope="module")
def storage() -> Iterator[tuple[str, Any]]:
    """A server that speaks S3, on this machine; its address, and a client."""
    boto3 = pytest.importorskip("boto3", reason="needs requirements-cluster.lock")
    server_of = pytest.importorskip("moto.server", reason="needs requirements-cluster.lock")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    address = f"http://127.0.0.1:{port}"
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client("s3", endpoint_url=address, region_name="us-east-1", **keys)
    client.create_bucket(Bucket=BUCKET)
    yield address, client
    server.stop()


@pytest.fixture
def trial(tmp_path) -> Workspace:
    return measured_workspace(tmp_path / "copy")


def test_results_are_not_left_to_a_storage_plugin(trial, storage):
    pytest.importorskip("snakemake_storage_plugin_s3", reason="needs requirements-cluster.lock")
    address, client = storage
    trial.offline = False
    plugin = ["--default-storage-provider", "s3", "--default-storage-prefix", f"s3://{BUCKET}"]
    plugin += ["--storage-s3-endpoint-url", address]
    plugin += ["--storage-s3-access-key", "test", "--storage-s3-secret-key", "test"]
    output = trial.snakemake("--cores", "1", *plugin, check=False)
    assert "--default-storage-provider s3: scans and results must lie in folders" in output
    assert "Traceback" not in output
    assert "Contents" not in client.list_objects_v2(Bucket=BUCKET)
    assert not (trial.folder / "results").exists()


def test_results_copied_to_a_bucket_and_back_are_fresh(trial, storage, tmp_path):
    _, client = storage
    trial.run()
    results = trial.folder / "results"
    before = {path.relative_to(results): path.read_bytes() for path in files_below(results)}
    for path in before:
        client.upload_file(str(results / path), BUCKET, str(path))
    # Another machine: neither Snakemake's records nor the times of change come along.
    shutil.rmtree(results)
    shutil.rmtree(trial.folder / ".snakemake")
    for path in before:
        (results / path).parent.mkdir(parents=True, exist_ok=True)
        client.download_file(BUCKET, str(path), str(results / path))
        os.utime(results / path, (1, 1))
    assert trial.planned() == {}
    (results / "trial" / "endpoints.tsv").unlink()
    assert "endpoints" in trial.planned()


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
