"""Searching in the catalog, connectors of one's own, the page, and what a newer connector would change."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.errors import UsageError
from usher.catalog import page
from usher.catalog.card import Card
from usher.catalog.finding import Finder
from usher.catalog.lines import line_of
from usher.services import applications, catalog, connectors
from usher.services.session import Session

CONNECTORS = Path(catalog.__file__).parents[1] / "catalog" / "connectors"
GOOD = (CONNECTORS / "grammarly.toml").read_text("utf-8").replace('name = "Grammarly"', 'name = "Our Wiki"')


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's own folder of connectors."""
    made = tmp_path / "connectors"
    made.mkdir()
    monkeypatch.setenv("USHER_CONNECTORS", str(made))
    return made


def keys(text: str) -> list[str]:
    return [card.key for card in catalog.search(text)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("slack", "slack"),
        ("Jira", "atlassian-cloud"),
        ("o365", "microsoft-365"),
        ("azure ad", "microsoft-365"),
        ("hashicorp", "hcp-terraform"),
        ("calendy", "calendly"),
        ("salseforce", "salesforce"),
        ("gihub", "github-enterprise-cloud-org"),
        ("atalssian", "atlassian-cloud"),
        ("zoom", "zoom"),
        ("aws", "aws-iam-identity-center"),
        ("G Suite", "google-workspace"),
    ],
)
def test_an_application_is_found_by_name_alias_vendor_and_with_a_slip(typed: str, first: str) -> None:
    assert keys(typed)[0] == first


def test_a_category_finds_all_of_it_and_a_slip_finds_nothing_that_matches_plainly_elsewhere() -> None:
    assert {"1password", "bitwarden", "dashlane", "keeper"} == set(keys("password-manager"))
    assert keys("calendly") == ["calendly"]
    assert keys("qqqqqqqq") == []


def test_every_connector_is_found_first_by_its_own_name() -> None:
    names = {card.name: card.key for card in catalog.cards()}
    assert len(names) == len(catalog.cards())
    for name, key in names.items():
        assert keys(name)[0] == key


def test_a_beginning_comes_before_a_middle_and_the_generic_ones_come_last() -> None:
    def card(key: str, name: str, category: str = "chat") -> Card:
        return Card(key, name, "", "saml", category, (), "", "own", ())

    made = [card("c", "Any Talk", "generic"), card("b", "Small Talk"), card("a", "Talk"), card("d", "Smalltalk")]
    assert [each.key for each in Finder(made).find("talk")] == ["a", "b", "c", "d"]


def test_a_connector_of_ones_own_is_in_the_catalog_at_once_and_can_be_added(folder: Path, session: Session) -> None:
    assert keys("our wiki") == []
    (folder / "our-wiki.toml").write_text(GOOD)
    assert keys("our wiki") == ["our-wiki"] and catalog.search("our wiki")[0].own
    assert applications.add(session, "our-wiki", label="Wiki").connector_name == "Our Wiki"
    (folder / "our-wiki.toml").unlink()
    assert applications.get(session, "Wiki").connector_name == "our-wiki"
    assert keys("our wiki") == []


def test_a_bad_file_of_ones_own_never_stands_in_the_way_of_the_rest(folder: Path, session: Session) -> None:
    shipped = len(catalog.search())
    (folder / "our-wiki.toml").write_text(GOOD)
    (folder / "broken.toml").write_text('name = "Broken"\nkind = [')
    (folder / "latin.toml").write_bytes(b'name = "Caf\xe9"\n')
    (folder / "calendly.toml").write_text(GOOD)
    (folder / "huge.toml").write_text("#" * 70_000)
    (folder / "folder.toml").mkdir()
    assert len(catalog.search()) == shipped + 1
    assert catalog.get("calendly").name == "Calendly"
    assert {problem.file.name for problem in catalog.problems()} == {"broken.toml", "latin.toml", "calendly.toml", "huge.toml"}
    said = {problem.file.stem: problem.message for problem in catalog.problems()}
    assert "line 2" in said["broken"] and "line 1" in said["latin"] and "already" in said["calendly"] and "larger" in said["huge"]
    with pytest.raises(UsageError, match=r"broken\.toml"):
        applications.add(session, "broken", label="X")
    assert applications.list_(session) == []


def test_a_folder_of_ones_own_that_is_not_there_is_an_empty_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("USHER_CONNECTORS", str(tmp_path / "nowhere"))
    assert catalog.problems() == [] and catalog.get("calendly")


def test_a_file_written_another_way_is_read_by_the_parser(folder: Path) -> None:
    text = GOOD.replace('category = "productivity"', "'category' = 'notes'").replace("aliases = [", "aliases = [ # more\n")
    (folder / "our-wiki.toml").write_text(text)
    found = catalog.search("our wiki")[0]
    assert (found.category, found.own) == ("notes", True)


def test_a_changed_file_of_ones_own_is_seen(folder: Path) -> None:
    file = folder / "our-wiki.toml"
    file.write_text(GOOD)
    assert keys("our wiki") == ["our-wiki"]
    file.write_text(GOOD.replace("Our Wiki", "Our Handbook"))
    assert keys("handbook") == ["our-wiki"] and catalog.get("our-wiki").name == "Our Handbook"


def test_a_line_is_found_in_a_list_of_tables() -> None:
    text = 'mapping = [\n  { path = "a" },\n  { path = "b" },\n]\n\n[saml]\nattribute = [\n  { name = "a" },\n  { name = "b" },\n]\n'
    places = (("mapping", 0, "path"), ("mapping", 1, "path"), ("saml", "attribute", 1, "name"), ("mapping",))
    assert [line_of(text, place) for place in places] == [2, 3, 9, 1]


def test_the_page_of_the_catalog_is_not_stale() -> None:
    assert page.FILE.read_text("utf-8") == page.page(), "make it anew: python -m usher.catalog.page"


def test_an_application_keeps_what_it_was_made_with_and_shows_what_the_newer_connector_would_change(folder: Path, session: Session) -> None:
    file = folder / "our-wiki.toml"
    file.write_text(GOOD)
    made = applications.add(session, "our-wiki", label="Wiki")
    assert connectors.newer(session, "Wiki") == ()
    file.write_text(
        GOOD.replace("[scim]", '[scim]\nrate = 5\nusername_is_email = true\nrefuses = ["title"]').replace(
            'path = "displayName", source = "displayname"', 'path = "displayName", source = "username"'
        )
    )
    assert {(each.field, each.made_with, each.newer) for each in connectors.newer(session, "Wiki")} == {
        ("scim.rate", "", "5"),
        ("scim.username_is_email", "no", "yes"),
        ("scim.refuses", "", "title"),
        ("mapping.displayName", "displayname", "username"),
    }
    now = applications.get(session, "Wiki")
    assert (now.mapping, now.saml, now.version) == (made.mapping, made.saml, made.version)
    file.write_text("broken")
    assert connectors.newer(session, "Wiki") == ()
    assert applications.get(session, "Wiki").mapping == made.mapping


def test_what_an_application_was_made_with_is_never_changed(session: Session) -> None:
    applications.add(session, "grammarly", label="G")
    with pytest.raises(Exception, match="cannot be changed"), session.store.transaction() as db:
        db.execute("update made_with set digest = ''")
