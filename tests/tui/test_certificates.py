"""The certificates of an application by keys: the dialog, every step and back, fingerprints, downloads, a pair of one's own."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.tui.kit import console, press, run, text, until
from usher.saml.certificate import der_of, make
from usher.services import applications, rotation, sso
from usher.services.session import Session


@pytest.fixture
def wiki(session: Session, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.delenv("TMUX", raising=False)
    applications.add(session, "custom-saml", label="Wiki")
    sso.set_fields(session, "Wiki", {"sp_entity_id": "urn:wiki", "acs_urls": "https://wiki.example/acs"})
    return session


def held(session: Session) -> list[str]:
    return [each.place for each in rotation.list_(session, "Wiki")]


def test_every_step_is_taken_and_taken_back_in_one_dialog(wiki: Session) -> None:
    async def walk() -> None:
        async with console(wiki, "app Wiki sso", size=(80, 24)) as pilot:
            assert "without locking anybody out" in await press(pilot, "r")
            for keys, after, said in (
                (["n"], ["active", "staged"], "Both are published"),
                (["b"], ["active"], "without locking anybody out"),
                (["n"], ["active", "staged"], "Both are published"),
                (["a", "y"], ["active", "retiring"], "The new one signs"),
                (["b"], ["active", "staged"], "Both are published"),
                (["a", "y"], ["active", "retiring"], "The new one signs"),
                (["r"], ["active", "retired"], "The rotation is done"),
                (["b"], ["active", "retiring"], "The new one signs"),
            ):
                await press(pilot, *keys)
                await until(pilot, said)
                assert held(wiki) == after, keys

    run(walk())


def test_fingerprints_and_certificate_are_copied_and_the_staged_one_is_downloaded(wiki: Session, tmp_path: Path) -> None:
    rotation.stage(wiki, "Wiki")
    active, staged = rotation.list_(wiki, "Wiki")

    async def walk() -> None:
        async with console(wiki, "app Wiki sso", size=(120, 40)) as pilot:
            assert "staged, until" in text(pilot) and "does not sign yet" in text(pilot)
            await press(pilot, "r", "y")
            assert pilot.app.clipboard == active.pem
            await press(pilot, "j", "y")
            assert pilot.app.clipboard == active.sha256
            await press(pilot, "j", "enter")
            assert pilot.app.clipboard == hashlib.sha1(der_of(active.pem)).hexdigest()
            await press(pilot, "j", "d", "ctrl+u", *str(tmp_path / "certificate.pem"), "up", "up", "right", "ctrl+s")
            await until(pilot, "The certificate was saved.")

    run(walk())
    assert (tmp_path / "certificate.der").read_bytes() == der_of(staged.pem)


def test_a_pair_of_ones_own_is_checked_before_anything_is_replaced(wiki: Session, tmp_path: Path) -> None:
    made = make("wiki", "Harbour Works", wiki.clock.now())
    certificate, key, stranger = (tmp_path / name for name in ("own.pem", "own.key", "stranger.pem"))
    for file, said in ((certificate, made.pem), (key, made.private_key.reveal()), (stranger, "no key at all")):
        file.write_text(said)

    async def walk() -> None:
        async with console(wiki, "app Wiki sso", size=(80, 24)) as pilot:
            await press(pilot, "r", "u", *str(certificate), "enter", *str(stranger), "enter")
            await until(pilot, "no PEM text of a private")
            assert held(wiki) == ["active"]
            await press(pilot, "ctrl+u", *str(key), "enter")
            await until(pilot, "Both are published")

    run(walk())
    assert held(wiki) == ["active", "staged"]
    assert rotation.list_(wiki, "Wiki")[1].pem == made.pem


def test_each_value_to_enter_there_is_copied_with_one_key(wiki: Session) -> None:
    saml = applications.get(wiki, "Wiki")
    assert saml.saml is not None

    async def walk() -> None:
        async with console(wiki, "app Wiki", size=(80, 24)) as pilot:
            await press(pilot, "right")
            for key, wanted in (
                ("e", saml.saml.idp_entity_id),
                ("u", saml.idp_url),
                ("m", f"{saml.idp_url}/metadata"),
                ("p", sso.certificate(wiki, "Wiki").pem),
            ):
                await press(pilot, key)
                assert pilot.app.clipboard == wanted, key

    run(walk())


def test_a_viewer_reads_and_changes_nothing(wiki: Session) -> None:
    async def walk() -> None:
        async with console(wiki, "app Wiki sso", size=(80, 24), read_only=True) as pilot:
            await press(pilot, "r", "n")
            assert held(wiki) == ["active"]
            await press(pilot, "y")
            assert pilot.app.clipboard.startswith("-----BEGIN CERTIFICATE")

    run(walk())


def test_an_address_too_long_for_its_field_or_line_is_read_whole(wiki: Session) -> None:
    slug = "the-wiki-of-everybody-who-ever-worked-at-the-quay-side"
    made = applications.add(wiki, "custom-saml", label="The wiki of everybody who works here", slug=slug)

    async def walk() -> None:
        for tab in ("general", "sso"):
            async with console(wiki, f"app {made.label} {tab}", size=(120, 40)) as pilot:
                shown = "".join(line[52:].strip() for line in text(pilot).splitlines())
                assert made.idp_url in shown, tab
                assert "who works here" in text(pilot), "the label in the panel, over two lines"

    run(walk())


def test_every_step_is_reached_from_any_tab(wiki: Session) -> None:
    async def walk() -> None:
        async with console(wiki, "app Wiki", size=(120, 40)) as pilot:
            await press(pilot, "colon", *"stage a new", "enter")
            await until(pilot, "A new certificate is published")
            assert held(wiki) == ["active", "staged"]
            await press(pilot, "left", "colon", *"certificates and", "enter")
            await until(pilot, "Both are published")

    run(walk())
