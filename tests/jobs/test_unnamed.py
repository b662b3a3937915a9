"""What a prune may take away: nothing that belongs to a product that is still asked for."""

from pathlib import Path

import pytest
from small_trial import Sheets, small_trial

from gadless.jobs.unnamed import _products


@pytest.fixture
def sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sheets:
    monkeypatch.chdir(tmp_path)
    return small_trial(tmp_path)


def test_what_stands_beside_a_product_stays_with_it(sheets: Sheets) -> None:
    products = _products(sheets.jobs())
    synthesised = [kept for record, kept in products.items() if "/synthesise/" in record]
    segmented = [kept for record, kept in products.items() if "/segment/" in record]
    assert len(synthesised) == len(segmented) > 0
    assert all({"cgan_spread", "unet_spread"} <= kept for kept in synthesised)
    assert all("abnormality" in kept for kept in segmented)
