"""Scenes of the directory: people, a person, user groups, a group, importing."""

from __future__ import annotations

from tests.scene import Scene
from tests.stages import empty
from tests.stages_directory import files, staff, with_links
from tests.stages_push import busy_week

AMELIE, BUILD_BOT, LARS = "amelie.lefevre@example.com", "build-bot", "lars.moller@example.com"
CAMILA, ULRIKE = "camila.ferreira.dos.santos@example.com", "ulrike.gross@example.com"

DIRECTORY_SCENES = [
    Scene("users", "users", store=staff, readme=True, caption="Users: everyone in the directory"),
    Scene("users-none", "users", store=empty),
    Scene("users-filtered", "users", ["slash", *"ma"], store=staff),
    Scene("users-no-match", "users", ["slash", *"nobody"], store=staff),
    Scene("users-one-state", "users", ["f", "f", "f"], store=staff),
    Scene("users-ticked", "users", ["space", "space", "space"], store=staff),
    Scene("users-read-only", "users", store=staff, read_only=True),
    Scene("users-add", "users", ["a"], store=staff),
    Scene("users-add-error", "users", ["a", *"ada", "tab", *"no-address", "ctrl+s"], store=staff),
    Scene(
        "users-suspend",
        "users",
        ["space", "space", "space", "s"],
        store=staff,
        readme=True,
        caption="What suspending three people would bring",
    ),
    Scene("users-activate", "users state=suspended", ["space", "space", "v"], store=staff),
    Scene("users-delete-one", "users", ["d"], store=staff),
    Scene("users-delete-several", "users", ["space", "space", "space", "d"], store=staff),
    Scene("users-suspended-already", "users state=suspended", ["s"], store=staff),
    Scene("users-password-link", "users", ["p"], store=with_links),
    Scene("import-file", "users", ["i"], store=files),
    Scene("import-no-file", "users", ["i", *"nowhere.csv", "enter"], store=files),
    Scene("import-outside", "users", ["i", *"/etc/passwd", "enter"], store=files),
    Scene("import-preview", "users", ["i", *"march.csv", "enter"], store=files, readme=True, caption="An import, looked at before it is kept"),
    Scene("import-running", "users", ["i", *"march.csv", "enter", "y"], store=files, unanswered=True),
    Scene("import-bad-rows", "users", ["i", *"broken.csv", "enter"], store=files),
    Scene("user", f"user {CAMILA}", store=busy_week, readme=True, caption="A person: groups, applications, what was last done"),
    Scene("user-failed", f"user {ULRIKE}", store=busy_week),
    Scene("user-in-step", f"user {AMELIE}", store=staff),
    Scene("user-suspended", f"user {LARS}", store=staff),
    Scene("user-gone", "user nobody@example.com", store=staff),
    Scene("user-why", f"user {AMELIE}", ["j", "j", "enter"], store=staff),
    Scene("user-why-not", f"user {BUILD_BOT}", ["j", "w"], store=busy_week),
    Scene("user-edit", f"user {AMELIE}", ["e", "tab", "tab", "tab", "tab", *" Roy"], store=staff),
    Scene("user-edit-error", f"user {AMELIE}", ["e", "tab", "ctrl+u", *"no-address", "ctrl+s"], store=staff),
    Scene("user-edit-leave", f"user {AMELIE}", ["e", "tab", "tab", *"x", "escape"], store=staff),
    Scene("groups", "groups", store=staff, readme=True, caption="User Groups"),
    Scene("groups-none", "groups", store=empty),
    Scene("groups-add", "groups", ["a"], store=staff),
    Scene("groups-add-error", "groups", ["a", *"sales", "ctrl+s"], store=staff),
    Scene("groups-rename", "groups", ["e"], store=staff),
    Scene("groups-delete", "groups", ["j", "j", "j", "j", "d"], store=staff),
    Scene("group-members", "group Sales", store=staff),
    Scene("group-nobody", "group Visitors", store=staff),
    Scene("group-filtered", "group Sales", ["slash", *"li"], store=staff),
    Scene("group-take-out", "group Sales", ["space", "space", "x"], store=staff),
    Scene("group-add-people", "group Engineering", ["a", *"contr", "down", "space", "space"], store=staff),
    Scene("group-add-nobody", "group Visitors", ["a", *"zzz"], store=staff),
    Scene("group-applications", "group Sales", ["l"], store=staff),
    Scene("group-authorise", "group Visitors", ["l", "t"], store=staff),
    Scene("group-revoke", "group All Staff", ["l", "t"], store=staff),
]
