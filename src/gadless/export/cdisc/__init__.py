"""Data sets as submissions want them: ADaM and, of the tumours, SDTM.

One way: the trial's tables -> people and days (:mod:`subjects`, :mod:`days`) -> one module a data
set -> :class:`~gadless.export.cdisc.dataset.Dataset`, which every writer takes (:mod:`transport`,
:mod:`dataset_json`, :mod:`define`, :mod:`guide`).
"""

from gadless.export.cdisc.export import Tables, export_cdisc

__all__ = ["Tables", "export_cdisc"]
