"""The validator of RO-Crates that CRS4 gives, without a network."""

import importlib.resources
import json
from pathlib import Path
from typing import Any

import pytest

CONTEXT = "https://w3id.org/ro/crate/1.1/context"


class Answer:
    """What would come from an address: the vocabulary of RO-Crate, as a package brings it.

    It is that of a later version, which holds all terms of this one.
    """

    status_code = 200
    headers = {"Content-Type": "application/ld+json"}  # noqa: RUF012
    text = importlib.resources.files("rocrate").joinpath("data/ro-crate.jsonld").read_text("utf8")

    def json(self) -> Any:
        return json.loads(self.text)


def issues(folder: Path, profile: str, severity: str = "REQUIRED") -> list[str]:
    """Return what an independent validator finds in a crate.

    Parameters
    ----------
    folder : Path
    profile : str
        ``ro-crate-1.1`` or ``process-run-crate-0.5``.
    severity : str
        ``REQUIRED`` or ``RECOMMENDED``.
    """
    reason = "roc-validator is not installed; `make test-all` installs it"
    services = pytest.importorskip("rocrate_validator.services", reason=reason)
    models = pytest.importorskip("rocrate_validator.models", reason=reason)
    http = pytest.importorskip("rocrate_validator.utils.http", reason=reason)

    def served(_requester: Any, address: str, *_: Any, **__: Any) -> Answer:
        assert address == CONTEXT
        return Answer()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(http.HttpRequester, "get", served, raising=False)
        settings = services.ValidationSettings(
            rocrate_uri=str(folder),
            profile_identifier=profile,
            requirement_severity=getattr(models.Severity, severity),
        )
        found = services.validate(settings).get_issues()
    return [f"{one.severity.name} {one.check.identifier}: {one.message}" for one in found]
