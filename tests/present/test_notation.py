"""Documents as text and back: the same comes back, and damaged or dangerous text is refused by line."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_tui.errors import Invalid
from modelops_tui.present.notation import DEEPEST, dump, read_documents

texts = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20),
    st.sampled_from(
        ["no", "1:30", "1e5", "0x1f", "~", "null", "true", "012", "2026-01-01", " a ", "a\nb\n", "-", "#x", "<<"]
    ),
)
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        texts,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
documents = st.lists(st.dictionaries(texts, values, min_size=1, max_size=4), min_size=1, max_size=3)


@settings(max_examples=150, deadline=None)
@given(documents, st.sampled_from(["json", "jsonl", "yaml"]))
def test_what_is_written_is_read_as_the_same(written: list[dict[str, Any]], form: str) -> None:
    read = [document for _, document in read_documents(dump(written, form), f"file.{form}")]
    assert read == written
    assert [[type(value) for value in document.values()] for document in read] == [
        [type(value) for value in document.values()] for document in written
    ]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["a.json", "a.jsonl", "a.yaml", "-"]))
def test_any_text_is_read_or_refused_with_its_name(text: str, name: str) -> None:
    try:
        read_documents(text, name)
    except Invalid as refused:
        assert refused.says.startswith(name)


def test_words_that_mean_something_elsewhere_stay_text() -> None:
    text = "a: no\nb: 1:30\nc: 2026-01-01\nd: 0x1f\ne: 012\nf: 1_000\ng: .inf\nh: yes\ni: 123456789012345678901\n"
    ((_, document),) = read_documents(text, "x.yaml")
    assert all(isinstance(value, str) for value in document.values())


def test_each_document_is_told_with_its_line() -> None:
    assert [line for line, _ in read_documents("a: 1\n---\n- b: 1\n\n- c: 1\n", "x.yaml")] == [1, 3, 5]
    assert [line for line, _ in read_documents('[{"a": 1},\n\n {"b": 1}]', "x.json")] == [1, 3]
    assert [line for line, _ in read_documents('{"a": 1}\n\n{"b": 1}\n', "x.jsonl")] == [1, 3]


def test_the_text_tells_what_it_is_where_the_name_does_not() -> None:
    assert read_documents('{"a": "no"}', "-") == [(1, {"a": "no"})]
    assert read_documents("a: no", "-") == [(1, {"a": "no"})]


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        ('{"a": 1, "a": 2}', "x.json", "line 1: the name 'a' is there twice"),
        ("a: 1\nb: 2\na: 3", "x.yaml", "line 3: the name 'a' is there twice"),
        ('{"a": NaN}', "x.json", "NaN is not a JSON value"),
        ('[{"a": 1},]', "x.json", "a value is missing"),
        ('[{"a": 1} {"b": 1}]', "x.json", "a comma or ] is missing"),
        ('[{"a": 1}] more', "x.json", "more text"),
        ("[1, 2]", "x.json", "a map of names and values"),
        ("- a\n- b", "x.yaml", "a map of names and values"),
        ("a: !!python/object:os.system x", "x.yaml", "is not taken"),
        ("a: !secret x", "x.yaml", "is not taken"),
        ("? [a]\n: b", "x.yaml", "a name must be plain text"),
        ("a: *nothing", "x.yaml", "stands for nothing"),
        ("a: &x [*x]", "x.yaml", "stands for nothing"),
        ("a: " + "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "x.yaml", "levels deep"),
        ('{"a": ' + "[" * 80 + "]" * 80 + "}", "x.json", "levels deep"),
        ("[" * 100_000, "x.json", "nested too deeply"),
    ],
)
def test_damaged_or_dangerous_text_is_refused(text: str, name: str, says: str) -> None:
    with pytest.raises(Invalid, match="x\\.") as refused:
        read_documents(text, name)
    assert says in refused.value.says


def test_a_few_lines_of_aliases_do_not_become_millions_of_values() -> None:
    letters = "abcdefghi"
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    lines += [f"{after}: &{after} [{','.join([f'*{before}'] * 9)}]" for before, after in pairwise(letters)]
    with pytest.raises(Invalid, match="more than 1,000,000 values"):
        read_documents("\n".join(lines), "bomb.yaml")


def test_a_table_for_spreadsheets_tells_references_by_key() -> None:
    reference = {"kind": "project", "id": "0" * 24, "key": "iris"}
    text = dump([{"a": reference, "b": True, "c": [1, "x"], "d": 'say "x", y'}, {"e": None}], "csv")
    assert text == 'a,b,c,d,e\niris,true,"[1,""x""]","say ""x"", y",\n,,,,\n'
