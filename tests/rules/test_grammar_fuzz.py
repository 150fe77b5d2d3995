"""Whatever text stands in a rule: a rule or one `InputError`, at once, and nothing of it is executed."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lupercal.errors import InputError
from lupercal.rules.parser import parse_rule
from lupercal.rules.syntax import leaves
from tests.work import calls_of

SIGNS = "( ) [ ] , >= <= = != > <"
GRAMMAR = "and or not in any count known at last visit within stated organ failed given"
NAMES = "sledai_2k platelets pregnant rash lupus_type systemic kidney immunosuppressant 30 2 8 0.5 d wk a"
STRANGE = ('"10*9/L"', '"', "\n", "eval", "__class__", "{}", "é", "\x00")
WORDS = tuple(f"{SIGNS} {GRAMMAR} {NAMES}".split(" ")) + STRANGE
CALLS_FOR_A_HINT = 20_000  # the nearest names of the data dictionary, looked for once
CALLS_PER_CHARACTER = 30  # ten times what was seen: work grows with the text, never faster
quick = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def tried(text: str) -> None:
    fault = ""

    def parse() -> None:
        nonlocal fault
        try:
            assert list(leaves(parse_rule(text)))
        except InputError as error:
            fault = str(error)

    parse()  # what is read once is read now
    assert calls_of(parse) < CALLS_FOR_A_HINT + CALLS_PER_CHARACTER * len(text)
    assert not fault or ("line " in fault and fault.endswith("^"))


@given(st.text(max_size=300))
@quick
def test_any_text(text: str) -> None:
    tried(text)


@given(st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join))
@quick
def test_any_words_of_the_grammar(text: str) -> None:
    tried(text)
