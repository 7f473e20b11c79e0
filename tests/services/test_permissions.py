"""Permission strings: Shiro's matching with the one change, that a middle empty part means all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelops_tui.errors import WrongUse
from modelops_tui.services.permissions import implies, parse_permission

TABLE = [
    ("*", "project:read:p1", True),
    ("project", "project:read:p1", True),
    ("project:", "project:write", True),
    ("project::", "project:write:x", True),
    ("project:read", "project:read:p1", True),
    ("project:read", "project:write:p1", False),
    ("project::p1", "project:delete:p1", True),
    ("project::p1", "project:delete:p2", False),
    ("project:read:p1", "project:read", False),
    ("project:read:*", "project:read", True),
    ("project:read,write:p1", "project:write:p1", True),
    ("project:read,write:p1,p2", "project:read,write:p2", True),
    ("project:read:p1", "project:read:p1,p2", False),
    ("project:my*", "project:myth", False),
    ("PROJECT:Read:P1", "project:read:p1", True),
    (" project : read ", "project:read", True),
    ("model:read", "project:read", False),
    ("project:*:p1", "project:publish:p1", True),
]


@pytest.mark.parametrize(("granted", "requested", "answer"), TABLE)
def test_a_grant_covers_a_request_or_not(granted: str, requested: str, answer: bool) -> None:
    assert implies(parse_permission(granted), parse_permission(requested)) is answer


@pytest.mark.parametrize("text", ["", "  ", ":read", "::", ":read:p1"])
def test_a_permission_without_a_category_is_never_all(text: str) -> None:
    with pytest.raises(WrongUse):
        parse_permission(text)


words = st.lists(st.sampled_from(["a", "b", "c", "*"]), min_size=1, max_size=2).map(",".join)
permissions = st.lists(words, min_size=1, max_size=3).map(":".join)


@given(permissions)
def test_every_permission_implies_itself_and_all_implies_every_permission(text: str) -> None:
    assert implies(parse_permission(text), parse_permission(text))
    assert implies(parse_permission("*"), parse_permission(text))


@given(permissions, permissions, permissions)
def test_implication_carries_on(first: str, second: str, third: str) -> None:
    one, two, three = (parse_permission(text) for text in (first, second, third))
    if implies(one, two) and implies(two, three):
        assert implies(one, three)
