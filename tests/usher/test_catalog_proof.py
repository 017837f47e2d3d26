"""Each connector of the catalog: filled, added, activated, and pushed to a stand-in that behaves as its file says."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.ids import SystemClock, Ulids
from store.saml_settings import Placeholder, SamlSettings
from store.secrets import Secret
from tests.kit import ADMINISTRATOR, BASE_URL, ORGANIZATION
from tests.whole.engine import push
from usher.catalog.connector import Connector, Saml
from usher.sandbox.manners import like
from usher.sandbox.provider import Provider
from usher.services import applications, authorizations, catalog, directory, identity, sso
from usher.services.connectors import _SAML
from usher.services.placeholders import check_value, filled
from usher.services.session import Session
from usher.services.setup import create_store

FILES = sorted((Path(catalog.__file__).parents[1] / "catalog" / "connectors").glob("*.toml"))
KEYS = [file.stem for file in FILES]
ASKING = [key for key in KEYS if catalog.get(key).placeholders]
TOKEN = "canary-5f1c0b7e-token"
PEOPLE = "Pilots"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One store for all: ann is in the group that is let in."""
    folder = tmp_path_factory.mktemp("catalog")
    key = folder / "keys" / "live.key"
    store = create_store(folder / "live" / "usher.db", key, organization=ORGANIZATION, base_url=BASE_URL, actor=ADMINISTRATOR)
    session = Session(store, ADMINISTRATOR, key, SystemClock(), Ulids())
    directory.add_group(session, PEOPLE)
    directory.add_user(session, "ann@mail.example", "ann@mail.example", firstname="Ann", lastname="Other", displayname="Ann Other", employee_identifier="7")
    directory.add_members(session, PEOPLE, ["ann@mail.example"])
    yield session
    store.close()


@pytest.fixture
def wearing() -> Iterator[Callable[[Connector], Provider]]:
    """Starts a stand-in that behaves as a connector says."""
    ends: list[Callable[[], None]] = []

    def start(connector: Connector) -> Provider:
        provider = Provider(TOKEN, manners=like(connector))
        server = provider.serve(0)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        ends.extend((server.shutdown, server.server_close, thread.join))
        return provider

    yield start
    for end in ends:
        end()


@pytest.mark.parametrize("file", FILES, ids=KEYS)
def test_a_file_is_written_for_a_person(file: Path) -> None:
    text, connector = file.read_text("utf-8"), catalog.get(file.stem)
    assert text.count("\n") < 120 and text.startswith('name = "')
    assert connector.confidence != "own" and connector.summary.endswith(".")
    assert connector.sources or connector.kind == "bookmark"
    texts = [*connector.notes, *(connector.saml.notes + connector.saml.steps if connector.saml else ()), *(connector.scim.notes if connector.scim else ())]
    assert all(said.endswith(".") for said in texts)
    assert all(placeholder.label and placeholder.where.endswith(".") for placeholder in connector.placeholders)
    assert connector.category == "generic" or (connector.vendor and connector.vendor_url)


_VALUES = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-", min_size=1, max_size=40)


@pytest.mark.parametrize("key", ASKING)
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_filling_every_placeholder_leaves_none_anywhere(key: str, data: st.DataObject) -> None:
    connector = catalog.get(key)
    assert connector.saml is not None
    asked = tuple(Placeholder(each.token, each.label, each.where, None) for each in connector.placeholders)
    values = {each.token: data.draw(_VALUES.filter(lambda text: "YOUR_" not in text)) for each in asked}
    fields = SamlSettings("a", "Harbour", **{name: getattr(connector.saml, name) for name in _SAML})
    checked = {token: check_value(asked, token, value) for token, value in values.items()}
    changed = filled(fields, asked, checked, connector.saml)
    after = {name: changed.get(name, getattr(fields, name)) for name in _SAML}
    assert not re.search("YOUR_", repr(after))


@pytest.mark.parametrize("key", KEYS)
def test_it_can_be_added_filled_activated_and_pushed(key: str, live: Session, wearing: Callable[[Connector], Provider]) -> None:
    connector = catalog.get(key)
    applications.add(live, key, label=key, bookmark_url="https://x.example" if connector.kind == "bookmark" else "")
    if connector.saml:
        _sign_in(live, key, connector, connector.saml)
    if connector.scim:
        _provision(live, key, wearing(connector))
    assert "YOUR_" not in repr(applications.get(live, key).saml)
    applications.delete(live, [key], 1)


def _sign_in(live: Session, key: str, connector: Connector, saml: Saml) -> None:
    """As the operator does: the placeholders by their labels, and what the application alone can show."""
    if connector.placeholders:
        sso.fill(live, key, {placeholder.token: "eu-1" for placeholder in connector.placeholders})
    missing = {"sp_entity_id": saml.sp_entity_id or f"urn:example:{key}", "acs_urls": saml.acs_urls or (f"https://{key}.example/acs",)}
    sso.set_fields(live, key, {name: value for name, value in missing.items() if not getattr(saml, name)})
    assert sso.activate(live, key).sso == "active"


def _provision(live: Session, key: str, provider: Provider) -> None:
    """One person comes, and leaves again."""
    identity.configure(live, key, provider.base_url, Secret(TOKEN))
    assert identity.activate(live, key).verified
    identity.set_options(live, key, {"mode": "on-demand"})
    authorizations.authorize(live, key, [PEOPLE])
    came = push(live, app=key)
    assert (came.state, came.done["create"], came.failed) == ("succeeded", 1, 0)
    assert [view.active for view in provider._accounts.views()] == [True]
    authorizations.revoke(live, key, [PEOPLE])
    left = push(live, app=key)
    assert (left.state, left.done["deactivate"], left.failed) == ("succeeded", 1, 0)
    assert not any(view.active for view in provider._accounts.views())
    identity.deactivate(live, key)
