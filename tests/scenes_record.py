"""Scenes of the record: activity and settings."""

from __future__ import annotations

from tests.scene import Scene
from tests.stages_directory import day, machine, new_machine, torn

RECORD_SCENES = [
    Scene("activity", "activity", store=day, looks=("light", "plain"), readme=True, caption="Activity: what each operator did"),
    Scene("activity-filtered", "activity", ["slash", *"authorized"], store=day),
    Scene("activity-no-match", "activity", ["slash", *"nothing-like-it"], store=day),
    Scene("activity-entry", "activity", ["slash", *"authorized", "enter", "enter"], store=day, looks=("light",)),
    Scene("activity-verified", "activity", ["v"], store=day),
    Scene("activity-torn", "activity", ["v"], store=torn),
    Scene(
        "settings", "settings", store=machine, looks=("light", "plain"), readme=True, caption="Settings: the base URL is locked while SAML applications exist"
    ),
    Scene("settings-new", "settings", store=new_machine),
    Scene("settings-locked", "settings", ["j", "enter"], store=machine),
    Scene("settings-organisation", "settings", ["enter"], store=machine),
    Scene("settings-error", "settings", ["j", "enter", "home", *"ftp:", "enter"], store=new_machine),
    Scene("settings-backup", "settings", ["b"], store=machine),
    Scene("settings-backup-nowhere", "settings", ["b", "home", "ctrl+k", *"/nowhere/copy.db", "enter"], store=machine),
    Scene("settings-read-only", "settings", ["t"], store=machine, read_only=True),
]
