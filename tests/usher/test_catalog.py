"""The catalog: what ships in it, and connector files that are wrong."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

from store.errors import NotFound, UsageError
from usher.catalog.lines import line_of
from usher.catalog.reader import parse
from usher.services import catalog

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "usher/catalog/connectors").glob("*.toml"))
KEYS = [file.stem for file in FILES]

GOOD = """\
name = "Example"
kind = "saml"
category = "testing"
summary = "Something to break."

[[placeholder]]
token = "YOUR_ID"
label = "Example ID"
where = "On its settings page."

[saml]
sp_entity_id = "https://example.com/YOUR_ID"
acs_urls = [
  "https://example.com/acs/YOUR_ID",
]
sign_assertion = true

[[saml.attribute]]
name = "email"
source = "email"

[scim]
base_url = "https://example.com/scim"
groups = false
requires_sso = true
deactivate = "Switches it off."
delete = "Removes it."

[[mapping]]
path = "userName"
source = "username"
required = true
label = "Login"

[[mapping]]
path = "displayName"
source = "displayname"
label = "Name"
"""


def test_the_good_example_is_good() -> None:
    assert parse(GOOD, "example.toml").supports == ("SSO", "IdP-initiated", "SP-initiated", "Identity Management")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('kind = "saml"', 'kind = "saml', "line 2"),
        ('name = "Example"\n', "", "line 1: name is missing"),
        ('kind = "saml"', 'kind = "oidc"', "line 2: kind is 'oidc'"),
        ('category = "testing"', "category = 7", "line 3: category must be a text"),
        ('summary = "Something to break."', 'sumary = "Something to break."', "line 1: summary is missing"),
        ('where = "On its settings page."', 'where = "On its settings page."\nhint = "?"', "line 10: placeholder.hint is not known"),
        ('token = "YOUR_ID"', 'token = "MY_ID"', "line 7: 'MY_ID' is no placeholder"),
        ('sp_entity_id = "https://example.com/YOUR_ID"', 'sp_entity_id = "https://example.com/YOUR_TEAM"', "line 12: YOUR_TEAM is in saml.sp_entity_id"),
        ("/YOUR_ID", "/1", "line 7: YOUR_ID is asked for"),
        ("https://example.com/acs", "http://example.com/acs", "line 13: 'http://example.com/acs/YOUR_ID' is no https address"),
        ("sign_assertion = true", "sign_assertion = false", "line 16: the assertion, the response or both"),
        ("sign_assertion = true", 'sign_assertion = "yes"', "line 16: saml.sign_assertion must be true or false"),
        ('name = "email"\nsource = "email"', 'name = "email"\nsource = "mail"', "line 20: saml.attribute.source is 'mail'"),
        ("groups = false\n", "", "line 22: scim.groups is missing"),
        ("requires_sso = true", 'requires_sso = true\nsupports = ["fly"]', "line 26: 'fly' is not known"),
        ("requires_sso = true", "requires_sso = true\nrate = -1", "line 26: scim.rate must be a number from 0 up"),
        ('source = "displayname"', 'source = "displayname"\nconstant = "x"', "line 38: exactly one of source and constant"),
        ('source = "displayname"', "", "line 35: exactly one of source and constant"),
        ('path = "displayName"', 'path = "userName"', "line 36: userName is mapped twice"),
        ('path = "displayName"', 'path = "display name"', "line 36: 'display name' is no SCIM attribute path"),
        ("required = true\nlabel", "required = true\non = false\nlabel", "line 33: userName is required and can't be off"),
        ("groups = false", 'groups = false\nauthentication = "header"', 'line 25: authentication = "header" and authorization go together'),
        ("groups = false", 'groups = false\nauthorization = "Token {token}"', 'authentication = "header" and authorization go together'),
        ("groups = false", 'groups = false\nauthentication = "header"\nauthorization = "Token"', "line 26: 'Token' is no Authorization header"),
        ("groups = false", 'groups = false\nauthentication = "kerberos"', "line 25: scim.authentication is 'kerberos'"),
        ("groups = false", 'groups = false\non_delete = "explodes"', "line 25: scim.on_delete is 'explodes'"),
        ("groups = false", "groups = false\ntoken_days = 0.5", "line 25: scim.token_days must be a whole number"),
        ("groups = false", 'groups = false\nrefuses = ["displayName"]', "line 37: displayName is mapped, but scim.refuses has it"),
        ('category = "testing"', 'category = "testing"\naliases = "e.g."', "line 4: aliases must be a list of texts"),
        ('category = "testing"', 'category = "testing"\nconfidence = "high"', "line 4: confidence is 'high'"),
        ("required = true\nlabel", "label", "line 29: a required row for userName is missing"),
    ],
)
def test_a_bad_file_is_named_with_its_line(old: str, new: str, words: str) -> None:
    assert old in GOOD
    with pytest.raises(UsageError) as refused:
        parse(GOOD.replace(old, new), "broken.toml")
    assert refused.value.code == "bad-connector"
    assert refused.value.message.startswith("broken.toml")
    assert words in refused.value.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "B"\nkind = "bookmark"\ncategory = "c"\nsummary = "s"\n[saml]\n', "line 5: a connector of kind saml"),
        ('name = "B"\nkind = "saml"\ncategory = "c"\nsummary = "s"\n', "line 2: a connector of kind saml"),
        ('name = "B"\nkind = "scim"\ncategory = "c"\nsummary = "s"\n', "line 2: a connector of kind scim"),
        (GOOD[: GOOD.index("[[placeholder]]")].replace("saml", "scim") + GOOD[GOOD.index("[scim]") :], "line 6: requires_sso makes no sense"),
        (GOOD[: GOOD.index("[scim]")] + GOOD[GOOD.index("[[mapping]]") :], "line 22: [[mapping]] rows and a [scim] table go together"),
    ],
)
def test_tables_that_do_not_go_together_are_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        parse(text, "broken.toml")


def test_the_key_is_the_file_name_and_must_look_like_one() -> None:
    assert parse(GOOD, "my-app.toml").key == "my-app"
    with pytest.raises(UsageError, match="small letters"):
        parse(GOOD, "My App.toml")


def test_a_line_is_found_behind_multi_line_texts_and_lists() -> None:
    text = 'a = """\nb = 1\n"""\nc = [\n  "x = [",\n  # d = ]\n]\nd = 2\n[e]\nd = 3\n[[f]]\nd = 4\n[[f]]\nd = 5\n'
    assert [line_of(text, place) for place in (("d",), ("e", "d"), ("f", 1, "d"), ("f", 1, "missing"), ("b",))] == [8, 10, 14, 13, 1]


def test_every_connector_that_ships_is_good_and_sourced() -> None:
    files = [file for file in resources.files("usher.catalog").joinpath("connectors").iterdir() if file.name.endswith(".toml")]
    assert {"calendly", "custom-saml", "custom-saml-scim", "bookmark"} <= {connector.key for connector in catalog.search()}
    assert len(catalog.search()) == len(files)
    for card in catalog.search():
        assert catalog.get(card.key).sources or card.kind == "bookmark"


def test_calendly_is_there_in_full() -> None:
    connector = catalog.get("calendly")
    assert [(row.path, row.source, row.required, row.on) for row in connector.mapping] == [
        ("userName", "username", True, True),
        ("emails.value", "email", False, True),
        ("active", "active", True, True),
        ("displayName", "displayname", True, True),
        ("externalId", "employeeIdentifier", False, True),
    ]
    assert [placeholder.token for placeholder in connector.placeholders] == ["YOUR_ID"]
    saml, scim = connector.saml, connector.scim
    assert saml and scim
    assert saml.sp_entity_id.endswith("YOUR_ID") and saml.acs_urls[0].endswith("YOUR_ID") and saml.sign_assertion and not saml.sign_response
    assert scim.requires_sso and not scim.groups and scim.username_is_email and scim.removed_only_here and scim.rate is None
    assert "YOUR_TENANT_ID" in scim.base_url
    assert (saml.sp_entity_id, saml.acs_urls) == ("https://calendly.com/sso/saml/metadata/YOUR_ID", ("https://calendly.com/sso/saml/acs/YOUR_ID",))
    assert saml.needs_relay_state and not saml.default_relay_state and not saml.jit
    assert [(each.name, each.source) for each in saml.attributes] == [("email", "email"), ("firstName", "firstname"), ("lastName", "lastname")]
    assert scim.strict_attributes and (scim.on_deactivate, scim.on_delete, scim.authentication) == ("deactivates", "erases", "bearer")
    assert (
        "switch it off" in connector.mapping[1].note
        and "seat" in scim.seats
        and "invitation" in scim.notes[0]
        and "deactivate the IdM connection" in scim.token
    )
    assert [each for each in connector.prerequisites if "Enterprise plan" in each] == list(connector.prerequisites[:2])


def test_what_acts_and_remembers_names_no_application() -> None:
    named = [
        path
        for floor in ("store", "usher")
        for path in (ROOT / floor).rglob("*.py")
        if "calendly" in path.read_text("utf-8").lower() and "sandbox" not in path.parts
    ]
    assert not named


def test_a_search_takes_every_word_in_any_case_and_puts_the_generic_ones_last() -> None:
    assert [card.key for card in catalog.search("CALEND")] == ["calendly"]
    assert [card.key for card in catalog.search("custom scim")] == ["custom-saml-scim"]
    assert catalog.search("no such thing") == []
    assert catalog.search()[0].category != "generic" and catalog.search()[-1].category == "generic"


def test_a_key_that_is_not_there_is_said_so() -> None:
    with pytest.raises(NotFound, match="no connector 'nope'"):
        catalog.get("nope")
    assert catalog.known("nope") is None


@pytest.mark.parametrize("key", KEYS)
def test_what_is_read_for_a_list_is_what_the_parser_reads(key: str) -> None:
    parsed, card = catalog.get(key), next(card for card in catalog.cards() if card.key == key)
    assert catalog.name_of(key) == parsed.name
    assert vars(card) == {**{name: getattr(parsed, name) for name in vars(card) if name != "own"}, "own": False}


def test_a_name_that_is_not_plainly_on_the_first_line_is_parsed() -> None:
    assert catalog._named('# a note\nname = "Caf\\u00e9"\n') == "Café"
    assert catalog._named('name = "A # b" # "c"\n') == "A # b"
