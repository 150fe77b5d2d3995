"""Which drug a code means, or a whole text that is exactly a drug's name; nothing within a text is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from lupercal.errors import InputError
from lupercal.exchange.fhir.code_tables import DrugCode, medication_table
from lupercal.exchange.fhir.concepts import ConceptKey, KnownCode, known_codes
from lupercal.exchange.fhir.wording import shown_text
from lupercal.patient.drugs import drug_classes, generic_name, prednisone_equivalents

OTHER = "other"


@final
@dataclass(frozen=True, slots=True)
class DrugMeaning:
    """What a medication is.

    Parameters
    ----------
    drug
        Generic name, `OTHER` for a drug that is none of the platform's, empty where codes and text contradict each
        other.
    warns
        What a person should look at.
    dosed
        Whether a stated dose may be taken as that of the drug.
    """

    drug: str
    warns: tuple[str, ...] = ()
    dosed: bool = True


def drug_meaning(key: ConceptKey, own: Mapping[tuple[str, str], str]) -> DrugMeaning:
    """Return what a medication's concept is.

    Parameters
    ----------
    key
        From `lupercal.exchange.fhir.concepts.concept_key`.
    own
        A site's own codes: system and code to drug.
    """
    codes, warns = known_codes(key)
    named = [own[pair] for system, code, _ in key[0] if (pair := (system, code)) in own]
    named += [one.code for one in codes if one.system == "drug" and drug_named(one.code)]
    rows = [row for one in codes if (row := _row(one))]
    drugs = list(dict.fromkeys([*named, *(row["drug"] for row in rows)]))
    warns += [row["warn"] for row in rows if "warn" in row]
    texts = [text for text in (key[1], *(display for _, _, display in key[0])) if text]
    if not drugs:
        return _by_text(texts, warns)
    if len(drugs) > 1 and not _of_one_kind(drugs):
        return DrugMeaning("", (f"its codes name several drugs: {', '.join(drugs)}",))
    strangers = [
        drug for text in texts if (drug := drug_named(text)) and drug not in drugs and not _of_one_kind([drug, *drugs])
    ]
    if strangers:
        return DrugMeaning("", (f"the code says {drugs[0]}, the text {strangers[0]}: neither is taken",))
    return DrugMeaning(drugs[0], tuple(warns), all(row.get("dose", True) for row in rows))


def _row(one: KnownCode) -> DrugCode | None:
    table = medication_table()
    return {"rxnorm": table["rxnorm"], "atc": table["atc"]}.get(one.system, {}).get(one.code.strip().upper())


def _of_one_kind(drugs: list[str]) -> bool:
    """Return whether drugs are forms of one: mycophenolate has one code in ATC for both of its forms."""
    return set(drugs) <= {"mycophenolic_acid", "mycophenolate_mofetil"}


def _by_text(texts: list[str], warns: list[str]) -> DrugMeaning:
    drug = next((drug for text in texts if (drug := drug_named(text))), "")
    if drug:
        return DrugMeaning(
            drug, (*warns, f"known by its name {shown_text(texts[0])}, without a code of a known system")
        )
    return DrugMeaning(OTHER, tuple(warns))


def drug_named(text: str) -> str:
    """Return the generic name where a whole text is a drug's name or trade name, empty otherwise."""
    tidy = " ".join(text.strip().lower().split())
    brand = medication_table()["brands"].get(tidy)
    if brand:
        return brand
    try:
        return generic_name(text)
    except InputError:
        return ""


def is_glucocorticoid(drug: str) -> bool:
    """Return whether a drug counts as prednisone equivalent."""
    return drug in prednisone_equivalents() or drug == "prednisone"


def is_cell_product(drug: str) -> bool:
    """Return whether a drug is a cell product."""
    return drug_classes().get(drug) == "cell"
