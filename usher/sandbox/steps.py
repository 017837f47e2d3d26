"""What to try in a rehearsal: the walk of the article, each step in the console and as commands."""

from __future__ import annotations

import shlex
from pathlib import Path

from usher.sandbox.facts import Step


def steps(base_url: str, token_file: Path, downloads: Path, application: str = "", portal: str = "", person: str = "") -> tuple[Step, ...]:
    """The walk, in order, with this rehearsal's own addresses."""
    sign_in = _sign_in(application, portal, person) if application else ()
    return (*_set_up(base_url, shlex.quote(str(token_file)), shlex.quote(str(downloads / "certificate.pem"))), *_live(), *sign_in, *_take_down())


def _sign_in(application: str, portal: str, person: str) -> tuple[Step, ...]:
    """After Sales was let in: the person belongs to it."""
    return (
        Step(
            f"Sign in as {person}, both ways round: the stand-in plays Calendly and shows what was asserted",
            f"Calendly › SSO: SP Entity ID and ACS URL as below, Save; then in a browser {portal}/ (the tile) and {application}/ (Sign in); Sign-ins shows both",
            (
                f"usher apps set Calendly sp_entity_id={application} acs_urls={application}/acs",
                "usher sign-ins list",
            ),
        ),
    )


def _set_up(base_url: str, token_file: str, certificate: str) -> tuple[Step, ...]:
    return (
        Step(
            "Add Calendly from the catalog",
            "SSO Applications › Add New Application: search Calendly, Next, a Display Label, Save Application, Configure Application",
            ("usher apps add calendly --label Calendly",),
        ),
        Step(
            "Set up SSO: replace YOUR_ID, activate, download the certificate",
            "Calendly › SSO: any value for the Calendly ID, Activate SSO, Save; then IDP Certificate Valid › Download certificate",
            ("usher apps fill Calendly YOUR_ID=example", "usher apps sso Calendly activate", f"usher apps certificate Calendly --output {certificate}"),
        ),
        Step(
            "Set up Identity Management against the stand-in",
            "Calendly › Identity Management › Configure: paste Base URL and Token Key, Activate",
            (f"usher idm configure Calendly --base-url {base_url} --token-file {token_file}", "usher idm test Calendly", "usher idm activate Calendly"),
        ),
    )


def _live() -> tuple[Step, ...]:
    return (
        Step(
            "Authorise a group, look at the plan, push it, read what was sent",
            "Calendly › User Groups: tick Sales, Save; Users › push; then the Log tab, Enter on an operation",
            ("usher apps authorize Calendly Sales", "usher push Calendly --plan", "usher push Calendly", "usher log --app Calendly"),
        ),
        Step(
            "Meet two named failures: Engineering's build-bot has no e-mail address as username, and with All Staff too the seats run out",
            "Calendly › User Groups: tick Engineering, Save, push; tick All Staff, Save, push",
            ("usher apps authorize Calendly Engineering 'All Staff'", "usher push Calendly", "usher why Calendly build-bot"),
        ),
        Step(
            "See people leave: one is suspended (can come back), one is deleted (for good)",
            "Users: suspend Björn Åström, delete Chidi Okonkwo; push again",
            ("usher users suspend bjorn.astrom@example.com", "usher users delete chidi.okonkwo@example.com --permanently", "usher push Calendly"),
        ),
        Step(
            "Make the stand-in stumble and watch the push get over it",
            "In another terminal: the two faults below; then change a person's display name under Users, and push",
            (
                "usher demo fault too-many --count 2",
                "usher demo fault drop-after --count 1 --method PATCH",
                "usher users set grace.liu@example.com displayname='Grace Liu-Byrne'",
                "usher push Calendly",
                "usher demo requests",
                "usher demo people",
            ),
        ),
    )


def _take_down() -> tuple[Step, ...]:
    return (
        Step(
            "Take it down: the IdM connection, SSO, the application (accounts at the stand-in stay)",
            "Calendly, left panel: Deactivate IdM connection; SSO tab, at the bottom: Deactivate SSO, Save; SSO Applications: tick, Delete, type 1",
            ("usher idm deactivate Calendly --yes", "usher apps sso Calendly deactivate", "usher apps delete Calendly --count 1"),
        ),
    )
