"""What every section of the configuration has in common."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Count = Annotated[int, Field(ge=0, le=10**9)]
Spacing = Annotated[float, Field(ge=0.1, le=20)]
"""Edge of a voxel, mm."""
Seed = Annotated[int, Field(ge=0, lt=2**32)]
"""What every generator of random numbers takes."""


def _no_truth_value(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("YAML takes this for yes or no; give a number")
    return value


Label = Annotated[int, BeforeValidator(_no_truth_value), Field(ge=0, lt=2**16)]
"""A label of a segmentation; `yes` and `on` are none, though they count as 1."""
Amount = Annotated[float, BeforeValidator(_no_truth_value), Field(gt=0, le=1e12)]
"""A number above 0; `yes` and `on` are none."""


class Section(BaseModel):
    """One section: frozen, every key typed and described, an unknown key is an error.

    A mapping of names to sections (`networks`, `training.recipes`) is merged over its defaults, so
    that naming one leaves the others; numbers are finite.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False
    )

    @model_validator(mode="before")
    @classmethod
    def _merged(cls, raw: Any) -> Any:
        if not isinstance(raw, dict):
            return raw
        merged = {}
        for key, field in cls.model_fields.items():
            if _is_number(field.annotation) and any(_truths(raw.get(key))):
                raise ValueError(
                    f"`{key}` is a number, and YAML takes on, off, yes, no, true and false for yes"
                    " or no"
                )
            default = field.get_default(call_default_factory=True)
            if not isinstance(raw.get(key), dict) or not isinstance(default, dict):
                continue
            plain = {
                name: section.model_dump()
                for name, section in default.items()
                if isinstance(section, Section)
            }
            merged[key] = _over(plain, raw[key])
        return {**raw, **merged}


def _is_number(annotation: Any) -> bool:
    """Whether a key holds a number and no yes or no."""
    kinds = _kinds(annotation)
    return bool(kinds & {int, float}) and bool not in kinds


def _truths(value: Any) -> Iterator[bool]:
    """Yield whether each value is a yes or a no, through lists and mappings."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple):
        for one in value:
            yield from _truths(one)
    yield isinstance(value, bool)


def _kinds(annotation: Any) -> set[Any]:
    inner = get_args(annotation)
    return {annotation} if not inner else set().union(*(_kinds(one) for one in inner))


def _over(defaults: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Merge a mapping over its defaults, at every depth."""
    merged = {**defaults, **given}
    for name in defaults.keys() & given.keys():
        if isinstance(defaults[name], dict) and isinstance(given[name], dict):
            merged[name] = _over(defaults[name], given[name])
    return merged
