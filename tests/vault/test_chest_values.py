"""Names, generated secrets and `.env` files are read strictly, and a value is never quoted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelops_tui.errors import Invalid, WrongUse
from modelops_tui.services.chest_values import (
    ALPHABETS,
    generate,
    parse_env_file,
    split_place,
    variable_of,
)


def test_a_place_is_an_entry_or_an_entry_and_a_field() -> None:
    assert split_place("db") == ("db", "")
    assert split_place("db.password") == ("db", "password")
    for text in ("", ".", "db.", ".x", "a.b.c", "a b"):
        with pytest.raises(WrongUse):
            split_place(text)


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_a_generated_secret_has_its_length_and_its_alphabet(alphabet: str) -> None:
    made = [generate(40, alphabet) for _ in range(20)]
    assert len(set(made)) == 20
    assert all(len(text) == 40 and set(text) <= set(ALPHABETS[alphabet]) for text in made)
    assert set("".join(made)) >= set("".join(made)) & set(ALPHABETS[alphabet])


def test_every_sign_of_an_alphabet_comes_up_about_as_often() -> None:
    text = "".join(generate(4096, "hex") for _ in range(10))
    counts = [text.count(sign) for sign in ALPHABETS["hex"]]
    assert max(counts) < 1.2 * min(counts)


@pytest.mark.parametrize(
    ("length", "alphabet"), [(0, "letters"), (12, "hex"), (10, "letters"), (4097, "letters"), (32, "a"), (32, "a\n")]
)
def test_a_generated_secret_that_would_be_worth_nothing_is_refused(length: int, alphabet: str) -> None:
    with pytest.raises(WrongUse):
        generate(length, alphabet)
    assert len(generate(16, "hex")) == 16 and len(generate(64, "ab")) == 64


def test_the_variable_of_a_field() -> None:
    assert variable_of("db", "password") == "DB_PASSWORD"
    assert variable_of("s3-out", "key-id") == "S3_OUT_KEY_ID"
    assert variable_of("API_TOKEN", "value") == "API_TOKEN"


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ("path", "value"),
        ("ld", "preload"),
        ("LD_LIBRARY", "PATH"),
        ("python", "startup"),
        ("bash", "env"),
        ("git", "ssh-command"),
        ("https", "proxy"),
        ("home", "value"),
        ("node", "options"),
        ("modelops", "home"),
        ("1password", "value"),
    ],
)
def test_a_chest_decides_no_variable_that_programs_obey(entry: str, field: str) -> None:
    with pytest.raises(WrongUse, match=r"programs obey|no name"):
        variable_of(entry, field)


def test_an_env_file_is_read_as_shells_would_and_nothing_is_expanded() -> None:
    text = (
        "\ufeff# a comment\n\nA=1\nexport B = two words  # said aside\nC='it''s $HOME \\n'\n"
        'D="line one\\nline two \\"x\\" $HOME `id`"\r\n'
        'E="over\nseveral\nlines" # yes\nF=a#b\nG=x=y==\n  H=  spaced  \n'
    )
    with pytest.raises(Invalid) as wrong:
        parse_env_file(text)
    assert [problem.path for problem in wrong.value.problems] == ["line 5"]
    assert parse_env_file(text.replace("it''s", "its")) == {
        "A": "1",
        "B": "two words",
        "C": "its $HOME \\n",
        "D": 'line one\nline two "x" $HOME `id`',
        "E": "over\nseveral\nlines",
        "F": "a#b",
        "G": "x=y==",
        "H": "spaced",
    }


def test_every_bad_line_of_an_env_file_is_told_without_its_value() -> None:
    with pytest.raises(Invalid) as wrong:
        parse_env_file("A=c4nary\nA=c4nary\nc4nary\n=c4nary\nB='c4nary\nC=\nD=\"c4nary\nnever closed")
    said = [(problem.path, problem.says) for problem in wrong.value.problems]
    assert [path for path, _ in said] == ["line 2", "line 3", "line 4", "line 5", "line 6", "line 7"]
    assert "c4nary" not in repr(said) + wrong.value.says + wrong.value.hint


@given(st.text(max_size=200))
def test_any_text_is_an_env_file_or_is_refused(text: str) -> None:
    try:
        found = parse_env_file(text)
    except Invalid:
        return
    assert all(name and value for name, value in found.items())


PRINTABLE = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\u2028\u2029"), min_size=1)


@given(st.dictionaries(st.from_regex(r"[A-Z_][A-Z0-9_]{0,9}", fullmatch=True), PRINTABLE, max_size=5))
def test_what_is_quoted_comes_back_as_it_was(values: dict[str, str]) -> None:
    lines = [f'{name}="' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for name, value in values.items()]
    assert parse_env_file("\n".join(lines)) == values
