"""What every section of the configuration has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """One section: frozen, every key typed and described, an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
