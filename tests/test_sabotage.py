"""Every break of `make sabotage` still fits the tree: its text is there once, its tests exist, and each rule has one."""

from __future__ import annotations

import pytest

from tests.sabotage.breaks import ROOT, Break, breaks

BREAKS = breaks()
RULES = {str(number) for number in range(1, 16)}


@pytest.mark.parametrize("each", BREAKS, ids=lambda each: each.name)
def test_it_can_be_applied_and_its_tests_are_there(each: Break) -> None:
    broken = each.applied(ROOT)
    assert broken != (ROOT / each.file).read_text("utf-8")
    if each.file.endswith(".py"):
        compile(broken, each.file, "exec")
    for test in each.tests:
        path, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}(" in (ROOT / path).read_text("utf-8"), test


def test_every_rule_of_the_domain_has_a_break_and_each_break_a_name_of_its_own() -> None:
    assert len(BREAKS) >= 25 and len({each.name for each in BREAKS}) == len(BREAKS)
    assert {each.rule for each in BREAKS} >= RULES
    assert all(each.tests for each in BREAKS)
