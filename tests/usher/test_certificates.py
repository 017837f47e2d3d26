"""The IdP certificate: how it stands, and saving it (rule 4)."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from store import activity
from store.errors import Refused, UsageError
from store.ids import stamp
from tests.kit import MORNING, VIEWER, SteppingClock
from usher.services import applications, sso
from usher.services.session import Session


@pytest.fixture(autouse=True)
def wiki(session: Session) -> None:
    applications.add(session, "custom-saml", label="Wiki")


def test_it_is_valid_then_expiring_in_its_last_sixty_days_then_expired(session: Session, clock: SteppingClock) -> None:
    first = sso.certificate(session, "Wiki")
    assert first.state == "valid" and first.days_left == 5 * 365 - 1 and first.pem.startswith("-----BEGIN CERTIFICATE-----\n")
    clock.forward(days=first.days_left - 60)
    assert (sso.certificate(session, "Wiki").state, sso.certificate(session, "Wiki").days_left) == ("valid", 60)
    clock.forward(days=1)
    assert (sso.certificate(session, "Wiki").state, sso.certificate(session, "Wiki").days_left) == ("expiring", 59)
    clock.forward(days=60)
    late = applications.get(session, "Wiki").certificate
    assert late and (late.state, late.days_left) == ("expired", -1)


@pytest.mark.parametrize(
    ("left", "state", "step", "urgent"),
    [
        (timedelta(days=60, seconds=1), "valid", 0, False), (timedelta(days=60), "expiring", 60, False), (timedelta(days=30, seconds=1), "expiring", 60, False),
        (timedelta(days=30), "expiring", 30, False), (timedelta(days=7, seconds=1), "expiring", 30, False), (timedelta(days=7), "expiring", 7, True),
        (timedelta(days=1, seconds=1), "expiring", 7, True), (timedelta(days=1), "expiring", 1, True), (timedelta(seconds=1), "expiring", 1, True),
        (timedelta(0), "expired", 0, True), (timedelta(days=-1), "expired", 0, True),
    ],
)  # fmt: skip
def test_its_end_comes_nearer_in_steps_of_sixty_thirty_seven_and_one_day(left: timedelta, state: str, step: int, urgent: bool) -> None:
    from usher.saml import certificate

    stands = certificate.state(stamp(MORNING), stamp(MORNING + left), "", MORNING)
    assert (stands.state, stands.step, stands.urgent) == (state, step, urgent)


def test_it_goes_to_downloads_and_says_where_and_is_recorded(session: Session) -> None:
    written = sso.save_certificate(session, "Wiki")
    assert written == session.downloads / "certificate.pem"
    assert written.read_text() == sso.certificate(session, "Wiki").pem
    assert "PRIVATE" not in written.read_text()
    entry = activity.page(session.db)[0]
    assert (entry.action, entry.target, entry.detail["file"]) == ("certificate.downloaded", "Wiki", str(written))


def test_another_file_is_never_written_over_unasked(session: Session) -> None:
    written = sso.save_certificate(session, "Wiki")
    written.write_text("mine")
    with pytest.raises(Refused, match="There is a file") as refused:
        sso.save_certificate(session, "Wiki")
    assert refused.value.code == "file-exists" and written.read_text() == "mine"
    before = activity.count(session.db)
    assert sso.save_certificate(session, "Wiki", force=True) == written
    assert written.read_text() == sso.certificate(session, "Wiki").pem and activity.count(session.db) == before + 1
    assert os.listdir(written.parent) == ["certificate.pem"]


def test_a_folder_takes_it_under_its_usual_name(session: Session, tmp_path: Path) -> None:
    assert sso.save_certificate(session, "Wiki", tmp_path) == tmp_path / "certificate.pem"
    assert sso.save_certificate(session, "Wiki", tmp_path / "wiki.pem") == tmp_path / "wiki.pem"


@pytest.mark.parametrize("force", [False, True])
def test_a_link_is_not_followed(session: Session, tmp_path: Path, force: bool) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "link.pem").symlink_to(tmp_path / "victim")
    with pytest.raises(Refused, match="links are not followed"):
        sso.save_certificate(session, "Wiki", tmp_path / "link.pem", force=force)
    assert (tmp_path / "victim").read_text() == "mine" and (tmp_path / "link.pem").is_symlink()


def test_a_folder_that_cannot_be_used_is_said_in_words(session: Session, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be used"):
        sso.save_certificate(session, "Wiki", tmp_path / "file" / "x.pem")


def test_a_confined_operator_writes_into_the_exchange_folder_alone(session: Session, tmp_path: Path) -> None:
    confined = replace(session, confined=True)
    assert session.exchange
    assert sso.save_certificate(confined, "Wiki") == session.exchange / "certificate.pem"
    assert sso.save_certificate(confined, "Wiki", Path("wiki.pem")) == session.exchange / "wiki.pem"
    for path in (tmp_path / "x.pem", Path("../x.pem"), Path("a/x.pem"), Path(".."), Path(".x.pem"), Path("~/x.pem")):
        with pytest.raises(Refused, match="exchange folder"):
            sso.save_certificate(confined, "Wiki", path)
    assert not list(tmp_path.rglob("x.pem"))


def test_an_exchange_folder_that_is_a_link_is_refused(session: Session, tmp_path: Path) -> None:
    assert session.exchange
    (tmp_path / "elsewhere").mkdir()
    session.exchange.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="cannot be used"):
        sso.save_certificate(replace(session, confined=True), "Wiki")
    with pytest.raises(Refused, match="exchange folder"):
        sso.save_certificate(replace(session, confined=True, exchange=None), "Wiki")


def test_a_viewer_leaves_no_file_behind(session: Session) -> None:
    with pytest.raises(Refused, match="role"):
        sso.save_certificate(replace(session, actor=VIEWER), "Wiki")
    assert not session.downloads.exists()


def test_a_bookmark_has_none(session: Session) -> None:
    applications.add(session, "bookmark", label="Menu", bookmark_url="https://menu.example")
    with pytest.raises(Refused, match="no IdP certificate"):
        sso.certificate(session, "Menu")
