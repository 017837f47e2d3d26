"""What a newer connector would change, by keys: told in panel and General tab, read field by field, taken over one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.errors import Refused
from tests.tui.kit import console, press, run, text, until
from tests.usher.test_catalog_own import GOOD
from usher.services import applications, newer_connector
from usher.services.session import Session

AFTER = (
    GOOD.replace("[scim]", "[scim]\nrate = 5")
    .replace('path = "displayName", source = "displayname"', 'path = "displayName", source = "username"')
    .replace("[saml]", '[saml]\ndefault_relay_state = "https://wiki.example/home"')
)


@pytest.fixture
def wiki(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Wiki was added from a connector that says other things by now."""
    folder = tmp_path / "connectors"
    folder.mkdir()
    monkeypatch.setenv("USHER_CONNECTORS", str(folder))
    (folder / "our-wiki.toml").write_text(GOOD)
    applications.add(session, "our-wiki", label="Wiki")
    (folder / "our-wiki.toml").write_text(AFTER)
    return session


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_differences_are_told_and_taken_over_one_by_one(wiki: Session, size: tuple[int, int]) -> None:
    async def walk() -> None:
        async with console(wiki, "app Wiki", size=size) as pilot:
            assert "Connector has changed" in text(pilot) and "3 things" in text(pilot)
            shown = await press(pilot, "colon", *"newer", "enter")
            assert "Default Relay State" in shown and "https://wiki.example/home" in shown
            await press(pilot, "enter", "y")
            await until(pilot, "so here already")
            shown = await press(pilot, "G")
            assert "Mapping of displayName" in shown
            await press(pilot, "t", "y")
            await until(pilot, "is as the newer connector has it")

    run(walk())
    found = applications.get(wiki, "Wiki")
    assert found.saml and found.saml.default_relay_state == "https://wiki.example/home"
    assert {row.path: row.source for row in found.mapping}["displayName"] == "username"
    assert {offer.difference.field: offer.done for offer in newer_connector.offers(wiki, "Wiki")} == {
        "saml.default_relay_state": True,
        "scim.rate": False,
        "mapping.displayName": True,
    }


def test_what_the_engine_goes_by_stays_as_it_was(wiki: Session) -> None:
    with pytest.raises(Refused, match="goes by what the application was made with"):
        newer_connector.take_over(wiki, "Wiki", "scim.rate")


def test_a_viewer_reads_it_and_takes_nothing_over(wiki: Session) -> None:
    async def walk() -> None:
        async with console(wiki, "app Wiki", size=(120, 40), read_only=True) as pilot:
            await press(pilot, "colon", *"newer", "enter", "t")
            assert "for reading only" in text(pilot)

    run(walk())
    assert not any(offer.done for offer in newer_connector.offers(wiki, "Wiki"))
