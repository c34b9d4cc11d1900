"""What all settings share."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Immutable, and a key nobody knows is an error instead of being ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
