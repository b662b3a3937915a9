"""What a prune may take away: nothing that belongs to a product that is still asked for."""

from small_trial import Sheets

from gadless.jobs.unnamed import _products


def test_what_stands_beside_a_product_stays_with_it(sheets: Sheets) -> None:
    products = _products(sheets.jobs())
    synthesised = [kept for record, kept in products.items() if "/synthesise/" in record]
    segmented = [kept for record, kept in products.items() if "/segment/" in record]
    assert synthesised and all({"cgan_spread", "unet_spread"} <= kept for kept in synthesised)
    assert segmented and all("abnormality" in kept for kept in segmented)
