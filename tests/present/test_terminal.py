"""What a terminal is shown: nothing it obeys, nothing wider than its place."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelops_tui.present.terminal import cell_width, fit, visible

CONTROL_OR_BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
SPECIAL = "\x00\x07\x1b\x7f\x9b\r\n\t\u200b\u200d\u200e\u202e\u2066\u2028\u061c\ud800\U000e0041"
SPECIAL += "ab日本é\u0301\ufe0f❤👍🏽🇩🇪אב"
# st.text would melt both alphabets into one, in which the special characters are hardly ever drawn.
TEXTS = st.lists(st.one_of(st.characters(exclude_categories=[]), st.sampled_from(SPECIAL))).map("".join)


def _obeyed(character: str) -> bool:
    return (
        unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        or unicodedata.bidirectional(character) in CONTROL_OR_BIDI
        or character in "\u200b\u200c\u200d\u200e\u200f\u061c\ufeff"
        or 0xE0000 <= ord(character) <= 0xE007F
    )


@given(TEXTS)
def test_no_control_or_bidi_character_comes_through(text: str) -> None:
    assert not [character for character in visible(text) if _obeyed(character)]


@given(TEXTS)
def test_only_line_ends_come_through_a_text_of_many_lines(text: str) -> None:
    shown = visible(text, multiline=True)
    assert {character for character in shown if _obeyed(character)} <= {"\n"}
    assert shown.count("\n") == text.count("\n")


@given(TEXTS)
def test_showing_twice_is_showing_once(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(TEXTS, st.integers(min_value=-1, max_value=40))
def test_a_fitted_text_is_never_wider_than_its_place(text: str, width: int) -> None:
    assert cell_width(fit(text, width)) <= max(0, width)


@given(TEXTS)
def test_a_text_that_fits_is_not_clipped(text: str) -> None:
    shown = visible(text)
    if len(text) < 16:
        assert fit(text, max(1, cell_width(shown))) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("a\nb\r\nc", "a⏎b⏎c"),
        ("a\rb\tc\x7f", "a␍b⇥c␡"),
        ("exe\u202etxt", "exe⟨U+202E⟩txt"),
        ("\x9b2J", "⟨U+009B⟩2J"),
        ("\ud800", "�"),
        ("[bold]kept[/]", "[bold]kept[/]"),
        ("日本 é שלום", "日本 é שלום"),
    ],
)
def test_what_is_hidden_gets_a_sign_and_the_rest_stays(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_tabs_become_spaces_in_a_text_of_many_lines() -> None:
    assert visible("a\tb\n\tc", multiline=True) == "a   b\n    c"


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abcdef", 4, "abc…"),
        ("❤\ufe0f❤\ufe0f", 2, "❤…"),
        ("abc", 3, "abc"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
        ("日本語", 4, "日…"),
    ],
)
def test_a_long_text_is_clipped_with_an_ellipsis(text: str, width: int, shown: str) -> None:
    assert fit(text, width) == shown


def test_a_very_long_text_is_not_read_to_its_end() -> None:
    assert fit("e" + "\u0301" * 1_000_000, 10).endswith("…")


def test_plain_texts_load_no_width_tables() -> None:
    check = (
        "import sys; from modelops_tui.present.terminal import fit, visible, cell_width;"
        "fit('a' * 50, 9); visible('\\x1b'); cell_width('abc'); sys.exit('wcwidth' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
