"""A rehearsal is known by its store alone, and by nothing else that lies around."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from store.errors import UsageError
from usher.sandbox.facts import DemoFacts, of_store, read
from usher.sandbox.remote import of_rehearsal
from usher.sandbox.steps import steps


@pytest.fixture
def facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DemoFacts:
    """A rehearsal's facts, kept as its file and named by USHER_DEMO."""
    url, token_file = "http://127.0.0.1:9/scim/example/v2", tmp_path / "a folder" / "token"
    made = DemoFacts(
        organization="Example Organisation", identity_provider="https://sso.example.org", folder=tmp_path, store=tmp_path / "usher.db",
        key_file=tmp_path / "demo.key", token_file=token_file, downloads=tmp_path / "Downloads", base_url=url, page="http://127.0.0.1:9/",
        seats=50, strict=False, people=60, groups=("Sales",), steps=steps(url, token_file, tmp_path),
    )  # fmt: skip
    made.facts_file.write_text(json.dumps(made.document()), encoding="utf-8")
    monkeypatch.setenv("USHER_DEMO", str(made.facts_file))
    return made


def test_the_file_tells_the_same_as_was_put_into_it(facts: DemoFacts) -> None:
    assert read(facts.facts_file) == facts


def test_the_console_finds_them_for_the_store_of_the_rehearsal_only(facts: DemoFacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert of_store(facts.store) == facts
    assert of_store(tmp_path / "another.db") is None
    monkeypatch.delenv("USHER_DEMO")
    assert of_store(facts.store) is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"page": 3}', "\x00"])
def test_a_file_that_is_none_is_no_rehearsal(facts: DemoFacts, text: str) -> None:
    facts.facts_file.write_text(text, encoding="utf-8")
    assert of_store(facts.store) is None
    with pytest.raises(UsageError, match="does not describe a demo"):
        of_rehearsal(str(facts.facts_file))


def test_paths_with_blanks_are_quoted_in_the_commands(facts: DemoFacts) -> None:
    assert any(f"--token-file '{facts.token_file}'" in command for step in facts.steps for command in step.commands)
