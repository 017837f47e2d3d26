"""Activation speaks to the live service; each way it can fail is a sentence, and changes nothing."""

from __future__ import annotations

import http.server
import ipaddress
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from store import activity, applications, connections
from store.errors import Conflict, Refused
from store.secrets import Secret
from tests.whole.proxy import FaultProxy
from tests.whole.servers import TOKEN, Server, free_port
from usher.scim import probe as probing
from usher.services import identity
from usher.services.applications import add
from usher.services.session import Session


@pytest.fixture
def app(session: Session) -> str:
    """Calendly with its SSO active (by hand: how SSO gets there is another test's)."""
    made = add(session, "calendly", label="Calendly").id
    with session.store.transaction() as db:
        db.execute("update saml_setting set sp_entity_id = 'sp', acs_urls = '[\"https://sp.example/acs\"]', default_relay_state = '', login_url = ''")
        db.execute("update application set sso = 'active' where id = ?", (made,))
    return made


@pytest.fixture
def proxy(scim2_server: Server) -> Iterator[FaultProxy]:
    with FaultProxy(scim2_server.base_url) as running:
        yield running


def configure(session: Session, app: str, url: str, token: str = TOKEN) -> None:
    identity.configure(session, app, url, Secret(token))


def refused(session: Session, app: str) -> Refused:
    """The refusal of an activation, which must have changed nothing."""
    before = [tuple(row) for table in ("application", "connection", "activity") for row in session.db.execute(f"select * from {table}").fetchall()]
    with pytest.raises(Refused) as caught:
        identity.activate(session, app)
    after = [tuple(row) for table in ("application", "connection", "activity") for row in session.db.execute(f"select * from {table}").fetchall()]
    assert before == after
    assert caught.value.message.endswith(".") and caught.value.hint
    return caught.value


# --- it works --------------------------------------------------------------------------------------------------------


def test_both_real_servers_are_verified_and_what_they_can_do_is_kept(session: Session, app: str, scim_server: Server) -> None:
    configure(session, app, scim_server.base_url)
    probe = identity.activate(session, app)
    assert probe.verified and probe.capabilities["filter"] is True and probe.capabilities["patch"] is True
    assert applications.find(session.db, app).idm == "active"
    view = connections.view(session.db, app)
    assert view is not None and view.verified_at and view.capabilities["filter"] is True
    assert activity.page(session.db)[0].action == "idm.activated"
    assert scim_server.users() == []


def test_groups_are_never_called_where_the_connector_has_none(session: Session, app: str, proxy: FaultProxy) -> None:
    configure(session, app, proxy.base_url)
    probe = identity.activate(session, app)
    assert proxy.count(path="/Groups") == 0
    assert probe.capabilities["groups"] is False
    assert {seen.method for seen in proxy.seen} == {"GET"}


def test_a_provider_without_discovery_is_fine_as_long_as_users_answers(session: Session, app: str, proxy: FaultProxy) -> None:
    for path in ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas", "filter"):
        proxy.spoil("404" if path != "filter" else "500", path=path, times=None)
    configure(session, app, proxy.base_url)
    probe = identity.activate(session, app)
    assert probe.verified
    assert probe.capabilities == {"patch": None, "filter": False, "bulk": None, "groups": False, "etag": None, "change_password": None}
    assert any("learned by use" in evidence.learned for evidence in probe.evidence)


def test_a_test_shows_its_evidence_and_changes_nothing(session: Session, app: str, scim2_server: Server) -> None:
    configure(session, app, scim2_server.base_url)
    entries = activity.count(session.db)
    document = identity.test(session, app).as_json()
    assert document["verified"] is True
    assert document["evidence"][0] == {"request": "GET /Users?startIndex=1&count=1", "status": 200, "learned": "Answers as SCIM; 0 accounts there."}
    assert {e["request"].split("?")[0] for e in document["evidence"]} == {"GET /Users", "GET /ServiceProviderConfig", "GET /ResourceTypes", "GET /Schemas"}
    assert activity.count(session.db) == entries and applications.find(session.db, app).idm == "inactive"


def test_a_test_that_fails_says_why_instead_of_raising(session: Session, app: str) -> None:
    configure(session, app, f"http://127.0.0.1:{free_port()}/v2")
    probe = identity.test(session, app)
    assert not probe.verified and probe.code == "refused" and probe.message and probe.hint
    assert [e.status for e in probe.evidence] == [None]


# --- the rules -------------------------------------------------------------------------------------------------------


def test_sso_comes_first_where_the_connector_says_so(session: Session, proxy: FaultProxy) -> None:
    app = add(session, "calendly", label="Calendly").id
    configure(session, app, proxy.base_url)
    assert refused(session, app).code == "sso-required"
    assert proxy.count() == 0, "nobody is asked before"


def test_nothing_is_asked_before_it_is_configured(session: Session, app: str) -> None:
    assert refused(session, app).code == "not-configured"


def test_base_url_and_token_are_locked_while_active_and_free_again_after(session: Session, app: str, scim2_server: Server) -> None:
    configure(session, app, scim2_server.base_url)
    identity.activate(session, app)
    with pytest.raises(Refused, match="locked"):
        configure(session, app, scim2_server.base_url, "another")
    with pytest.raises(Refused, match="locked"), session.store.transaction() as db:
        db.execute("update connection set base_url = 'https://elsewhere.example'")
    assert refused(session, app).code == "idm-active"
    assert identity.deactivate(session, app) == 0
    configure(session, app, scim2_server.base_url, "another")
    assert refused(session, app).code == "unauthorized"


def test_deactivation_leaves_the_accounts_and_counts_them(session: Session, app: str, scim2_server: Server) -> None:
    configure(session, app, scim2_server.base_url)
    identity.activate(session, app)
    with session.store.transaction() as db:
        for number, state in enumerate(("active", "inactive", "gone")):
            db.execute("insert into account values (?,?,?,?,'ann',?,'{}','2026',1,0)", (app, scim2_server.base_url, f"u{number}", f"r{number}", state))
    assert "2 accounts stay" in identity.deactivation_preview(session, app)
    assert identity.deactivate(session, app) == 2
    assert applications.find(session.db, app).idm == "inactive"
    with pytest.raises(Refused, match="not active"):
        identity.deactivate(session, app)


def test_a_connection_changed_while_the_service_was_asked_is_not_the_verified_one(
    session: Session, app: str, scim2_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(session, app, scim2_server.base_url)
    ask = probing.probe

    async def slow(*args: object, **more: object) -> object:
        found = await ask(*args, **more)  # type: ignore[arg-type]
        configure(session, app, "https://elsewhere.example/scim")
        return found

    monkeypatch.setattr(probing, "probe", slow)
    with pytest.raises(Conflict):
        identity.activate(session, app)
    assert applications.find(session.db, app).idm == "inactive"


# --- each refusal ----------------------------------------------------------------------------------------------------


def test_a_name_that_is_not_resolved(session: Session, app: str) -> None:
    configure(session, app, "https://no-such-host.invalid/scim")
    why = refused(session, app)
    assert why.code == "name-not-resolved" and "no-such-host.invalid" in why.message


def test_a_port_that_refuses(session: Session, app: str) -> None:
    configure(session, app, f"http://127.0.0.1:{free_port()}/v2")
    why = refused(session, app)
    assert why.code == "refused" and "running" in why.hint


def test_a_service_that_takes_no_connection_in_time(session: Session, app: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "CONNECT_SECONDS", 0.3)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        full = [socket.socket() for _ in range(4)]
        try:
            for one in full:
                one.setblocking(False)
                one.connect_ex(deaf.getsockname())
            configure(session, app, f"http://127.0.0.1:{deaf.getsockname()[1]}/v2")
            assert refused(session, app).code == "timeout"
        finally:
            for one in full:
                one.close()


def test_a_service_that_answers_too_late(session: Session, app: str, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "READ_SECONDS", 0.2)
    proxy.spoil("slow", times=None, seconds=0.8)
    configure(session, app, proxy.base_url)
    assert "too long" in refused(session, app).message


def test_a_token_that_is_not_known(session: Session, app: str, scim_server: Server) -> None:
    configure(session, app, scim_server.base_url, "not-the-right-token")
    why = refused(session, app)
    assert why.code == "unauthorized" and "401" in why.message and why.field == "token"


def test_a_token_that_may_not(session: Session, app: str, proxy: FaultProxy) -> None:
    proxy.spoil("403", times=None)
    configure(session, app, proxy.base_url)
    why = refused(session, app)
    assert why.code == "unauthorized" and "403" in why.message


def test_a_path_that_is_not_there(session: Session, app: str, scim2_server: Server) -> None:
    configure(session, app, scim2_server.base_url + "/somewhere")
    why = refused(session, app)
    assert why.code == "not-there" and "404" in why.message


def test_a_web_page_instead_of_scim(session: Session, app: str, proxy: FaultProxy) -> None:
    proxy.spoil("html", times=None)
    configure(session, app, proxy.base_url)
    assert "HTML" in refused(session, app).message


def test_json_that_is_no_scim(session: Session, app: str, proxy: FaultProxy) -> None:
    proxy.spoil("{}", times=None)
    configure(session, app, proxy.base_url)
    assert refused(session, app).code == "not-scim"


def test_a_redirect_is_named_and_not_followed(session: Session, app: str, proxy: FaultProxy, scim2_server: Server) -> None:
    with FaultProxy(scim2_server.base_url) as elsewhere:
        proxy.spoil("redirect", times=None, location=elsewhere.base_url + "/Users?x=1")
        configure(session, app, proxy.base_url)
        why = refused(session, app)
        assert why.code == "redirected" and elsewhere.base_url + "/Users" in why.message
        assert elsewhere.seen == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [("503", "unavailable"), ("500", "unavailable"), ("429-seconds", "rate-limited"), ("garbage", "no-answer"), ("close-before", "no-answer")],
)
def test_a_service_that_is_out_of_order(session: Session, app: str, proxy: FaultProxy, fault: str, code: str) -> None:
    proxy.spoil(fault, times=None)
    configure(session, app, proxy.base_url)
    assert refused(session, app).code == code


def test_a_certificate_that_is_not_trusted(session: Session, app: str, tls_port: int) -> None:
    configure(session, app, f"https://127.0.0.1:{tls_port}/scim")
    why = refused(session, app)
    assert why.code == "tls" and "not trusted" in why.message and "self-signed" in why.message.replace("self signed", "self-signed")


def test_a_port_that_speaks_no_tls(session: Session, app: str, scim2_server: Server) -> None:
    configure(session, app, scim2_server.base_url.replace("http:", "https:"))
    assert refused(session, app).code == "tls"


def test_the_token_is_in_no_refusal_and_no_log(session: Session, app: str, proxy: FaultProxy, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    proxy.spoil("401", times=None, body=f'{{"detail": "Bearer {TOKEN} is unknown"}}'.encode(), headers={"X-Echo": TOKEN})
    configure(session, app, proxy.base_url)
    why = refused(session, app)
    probe = identity.test(session, app)
    assert (
        TOKEN
        not in f"{why} {why!r} {vars(why)} {why.__cause__!r} {why.__context__!r} {probe!r} {probe.as_json()} {session!r} {activity.page(session.db)} {caplog.text}"
    )


@pytest.fixture
def tls_port(tmp_path: Path) -> Iterator[int]:
    """A TLS server on loopback whose certificate nobody signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    pem = tmp_path / "tls.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem.write_bytes(private + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    class Quiet(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass

    server = Quiet(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
