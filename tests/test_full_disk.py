"""A disk that is really full: whatever writes says so, and leaves nothing."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from job_at_work import outputs, run, script

WRITERS = {
    "text": "write_text('x' * 2**20, stage / 'status.json')",
    "table": """
    import pandas as pd
    from gadless.tables import write_table
    write_table(pd.DataFrame({'a': range(10**5)}), stage / 'table.tsv')
    """,
    "parquet": """
    import numpy as np, pyarrow, pyarrow.parquet
    from gadless.files import written_whole
    with written_whole(stage / 'table.parquet') as scratch:
        noise = {'a': np.random.default_rng(1).random(10**5)}
        pyarrow.parquet.write_table(pyarrow.table(noise), scratch)
    """,
    "image": """
    import numpy as np
    from gadless.images.writing import write_image
    write_image(np.random.default_rng(1).random((64,) * 3), np.eye(4), stage / 't1.nii.gz')
    """,
    "figure": """
    import numpy as np
    from matplotlib.figure import Figure
    from gadless.files import written_whole
    figure = Figure((8, 8))
    figure.subplots().imshow(np.random.default_rng(1).random((500, 500)))
    with written_whole(stage / 'panel.png') as scratch:
        figure.savefig(scratch, dpi=200)
    """,
    "weights": """
    from gadless.networks.weights import build, describe, save
    module = build('segmenter', 16)
    save(module, describe('mine', 'segmenter', 16, 2.0), stage / 'mine.safetensors')
    """,
    "checkpoint": """
    import torch
    from gadless.files import written_whole
    with written_whole(stage / 'mine.checkpoint') as scratch:
        torch.save(torch.rand(10**6), scratch)
    """,
}


@pytest.fixture
def full(tmp_path) -> Iterator[Path]:
    """A results folder on a file system of 300 KB."""
    folder = tmp_path / "job" / "results"
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"cannot mount a file system: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("what", WRITERS)
def test_a_full_disk_is_said_and_nothing_is_left(full, what):
    stage = Path(outputs(full)[0]).parent
    body = f"from pathlib import Path; stage = Path({str(stage)!r})\n    {WRITERS[what].strip()}"
    done = run(script(full, body))
    assert done.returncode == 1
    assert "the disk is full; make room and run again" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path for path in full.rglob("*") if path.is_file()] == []
