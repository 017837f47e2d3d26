"""Scenes of an application, tab by tab with their dialogs, and of adding one."""

from __future__ import annotations

from tests.scene import SMALL, Scene
from tests.stages import harbour
from tests.stages_application import active, configured, expiring, no_groups, nobody, with_sso
from tests.stages_push import failed, settled

WIZARD_SCENES: list[Scene] = [
    Scene("add-application", "add", readme=True, caption="Add New Application: what the connector supports, needs, and asks for"),
    Scene("add-application-found", "add", [*"custom", "down"]),
    Scene("add-application-nothing", "add", [*"qqqqq"]),
    Scene("add-application-general", "add", [*"cal", "enter"]),
    Scene("add-application-advanced", "add", [*"cal", "enter", *["down"] * 6, "enter", "down"]),
    Scene("add-application-slug-refused", "add", [*"cal", "enter", *["down"] * 6, "enter", "down", *"Not so"]),
    Scene("add-application-taken", "add", [*"cal", "enter", "ctrl+s"]),
    Scene("add-application-bookmark", "add", [*"bookm", "enter"]),
    Scene("add-application-leave", "apps", ["a", *"cal", "enter", "x", "escape", "escape", "escape"]),
]

APPLICATION_SCENES: list[Scene] = [
    Scene("app-general", "app Calendly"),
    Scene("app-general-unsaved", "app Calendly", ["down", *" at sea"]),
    Scene("app-general-read-only", "app Calendly", ["down", "ctrl+s"], read_only=True),
    Scene("app-gone", "app Nowhere"),
    Scene("app-still-to-do", "app Calendly", ["colon", *"still to do", "enter"]),
    Scene("app-still-to-do-active", "app Calendly", ["colon", *"still to do", "enter"], store=active),
    Scene("app-sso-first", "app Calendly sso"),
    Scene("app-sso-refused", "app Calendly sso", [*"https://x", "ctrl+s"]),
    Scene("app-sso", "app Calendly sso", store=with_sso, readme=True, caption="SSO: what to enter at the application, and every field"),
    Scene("app-sso-expiring", "app Calendly sso", store=expiring, sizes=(SMALL,)),
    Scene("app-sso-bottom", "app Calendly sso", ["pagedown"] * 6, store=with_sso),
    Scene("app-sso-steps", "app Calendly sso", ["tab", "tab", "tab", "enter"], store=with_sso),
    Scene("app-sso-certificate", "app Calendly sso", ["c"], store=with_sso),
    Scene("app-sso-attribute", "app Calendly sso", ["a"], store=with_sso),
    Scene("app-sso-deactivate", "app Calendly sso", ["colon", *"deactivate sso", "enter"], store=with_sso),
    Scene("app-sso-needed", "app Calendly sso", ["colon", *"deactivate sso"], store=active),
    Scene("app-bookmark", "app Staff handbook sso"),
    Scene("app-bookmark-deactivate", "app Staff handbook sso", ["colon", *"deactivate bookmark", "enter"]),
    Scene("app-idm-needs-sso", "app Calendly idm"),
    Scene("app-idm-begin", "app Calendly idm", store=with_sso),
    Scene("app-idm-configure", "app Calendly idm", ["c"], store=with_sso),
    Scene("app-idm-token-missing", "app Calendly idm", ["c", *"https://other.example/v2", "ctrl+s"], store=with_sso),
    Scene("app-idm-configured", "app Calendly idm", store=configured),
    Scene("app-idm-asking", "app Calendly idm", ["t"], store=configured, unanswered=True),
    Scene("app-idm-active", "app Calendly idm", store=active, readme=True, caption="Identity Management: the connection, verified"),
    Scene("app-idm-mapping", "app Calendly idm", ["tab", "tab", "j", "space"], store=active),
    Scene("app-idm-mapping-row", "app Calendly idm", ["tab", "tab", "enter"], store=active),
    Scene("app-idm-options", "app Calendly idm", ["tab", "tab", "tab", "tab"], store=active),
    Scene("app-idm-deactivate", "app Calendly idm", ["i", "G", "enter"], store=settled),
    Scene("app-groups", "app Calendly groups", store=active),
    Scene(
        "app-groups-impact",
        "app Calendly groups",
        ["j", "j", "j", "space"],
        store=nobody,
        readme=True,
        caption="User Groups: what Save would bring",
    ),
    Scene("app-groups-counting", "app Calendly groups", ["j", "j", "j", "space"], store=nobody, unanswered=True),
    Scene("app-groups-remove", "app Calendly groups", ["j", "j", "j", "space", "ctrl+s"], store=active),
    Scene("app-groups-new", "app Calendly groups", ["n", *"Pilots"], store=active),
    Scene("app-groups-none", "app Crane planner groups", store=no_groups),
    Scene("app-users", "app Calendly users", store=failed, readme=True, caption="Users: wanted, there, and what last went wrong"),
    Scene("app-users-why", "app Calendly users", ["w"], store=settled),
    Scene("app-users-nobody", "app Calendly users", store=nobody),
    Scene("app-log", "app Calendly log", store=failed),
    Scene("app-log-none", "app Calendly log", store=harbour),
]
