"""A clinic's reply to a claim: kept with its date, printed beside the verdict, without any effect on it."""

from __future__ import annotations

from pathlib import Path

import yaml

from lupercal.claims.claim import ClaimFile, read_claims
from lupercal.errors import InputError
from lupercal.evidence.ledger import ledger
from lupercal.files.checked import validated


def with_reply(path: Path, name: str, received: str, words: str, by: str = "") -> str:
    """Return a file of claims, as YAML text, with one more reply to one of them.

    Raises
    ------
    InputError
        If the file, the claim or the reply is not usable.
    """
    data = read_claims(path, ledger()).model_dump(mode="json", exclude_defaults=True)
    claims = [claim for claim in data["claims"] if claim["id"] == name]
    if not claims:
        raise InputError(path, "claims", name, f"the id of a claim: {', '.join(one['id'] for one in data['claims'])}")
    claims[0].setdefault("replies", []).append({"received": received, "words": words, "by": by})
    checked = validated(data, ClaimFile, path)
    plain = checked.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=120)
