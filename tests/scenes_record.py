"""Scenes of the record: activity and settings."""

from __future__ import annotations

from tests.scene import Scene
from tests.stages_directory import day, machine, new_machine, torn, unbacked
from tests.stages_operators import operated, overtaken, shut_out, watched
from tests.stages_sign_ins import sign_in_day

RECORD_SCENES = [
    Scene("activity", "activity", store=day, readme=True, caption="Activity: what each operator did"),
    Scene("activity-filtered", "activity", ["slash", *"authorized"], store=day),
    Scene("activity-no-match", "activity", ["slash", *"nothing-like-it"], store=day),
    Scene("activity-entry", "activity", ["slash", *"authorized", "enter", "enter"], store=day),
    Scene("activity-verified", "activity", ["v"], store=day),
    Scene("activity-verifying", "activity", ["v"], store=day, unanswered=True),
    Scene("activity-torn", "activity", ["v"], store=torn),
    Scene("settings", "settings", store=machine, readme=True, caption="Settings: the base URL is locked while SAML applications exist"),
    Scene("sign-ins", "sign-ins", store=sign_in_day, caption="Sign-ins: every attempt, with its reason"),
    Scene("sign-ins-detail", "sign-ins", ["slash", *"result=asserted", "enter", "j", "enter"], store=sign_in_day),
    Scene("sign-ins-judged", "sign-ins", ["slash", *"result=refused app=Calendly", "enter", "j", "enter", "t"], store=sign_in_day),
    Scene("settings-new", "settings", store=new_machine),
    Scene("settings-examining", "settings", store=machine, unanswered=True),
    Scene("settings-locked", "settings", ["j", "enter"], store=machine),
    Scene("settings-organisation", "settings", ["enter"], store=machine),
    Scene("settings-error", "settings", ["j", "enter", "home", *"ftp:", "enter"], store=new_machine),
    Scene("settings-backup", "settings", ["b"], store=machine),
    Scene("settings-backup-nowhere", "settings", ["b", "home", "ctrl+k", *"/nowhere/copy.db", "enter"], store=machine),
    Scene("settings-backups-fail", "settings", ["G", *["k"] * 4], store=unbacked),
    Scene("settings-backups-how", "settings", ["G", "k", "k", "k", "enter"], store=unbacked),
    Scene("settings-read-only", "settings", ["t"], store=machine, read_only=True),
    Scene("operators", "operators", store=operated),
    Scene("operators-none", "operators"),
    Scene("operators-add", "operators", ["a", *"bo"], store=operated),
    Scene("operators-add-error", "operators", ["a", *"bo", "tab", "tab", *"restrict ssh-ed25519", "enter"], store=operated),
    Scene("operators-change", "operators", ["j", "e"], store=operated),
    Scene("operators-drop-key", "operators", ["j", "x"], store=operated),
    Scene("operators-remove", "operators", ["j", "d"], store=operated),
    Scene("operators-last-administrator", "operators", ["d", "y"], store=operated),
    Scene("operators-viewer", "operators", ["a"], store=watched),
    Scene("changed-meanwhile", "settings", ["enter", "end", *" and Sons", "enter"], store=overtaken),
    Scene("shut-out", "groups", ["a", *"Night shift", "ctrl+s"], store=shut_out),
    Scene("leave-unsaved", "app Calendly", ["down", *" two", "escape", "3"]),
]
