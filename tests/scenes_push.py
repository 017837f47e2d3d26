"""Scenes of pushes: the plan and its dialogs, how it goes, what came of it, and all of them in a list."""

from __future__ import annotations

from tests.scene import SMALL, Scene
from tests.stages import empty, harbour
from tests.stages_push import busy_week, failed, held, in_step, interrupted, paused, pausing, planned, running, succeeded

PUSH_SCENES: list[Scene] = [
    Scene("push-plan", "push 2", store=planned, readme=True, caption="Push: what would be sent, before anything is"),
    Scene("push-plan-filtered", "push 2", ["slash", *"deac"], store=planned),
    Scene("push-plan-create", "push 2", ["G", "enter"], store=planned),
    Scene("push-plan-update", "push 2", ["j", "j", "j", "enter"], store=planned),
    Scene("push-plan-delete", "push 2", ["j", "j", "enter"], store=planned),
    Scene("push-plan-blocked", "push 2", ["v", "enter"], store=planned),
    Scene("push-confirm", "push 2", ["p"], store=planned),
    Scene("push-plan-read-only", "push 2", ["p"], store=planned, read_only=True),
    Scene("push-held", "push 2", store=held),
    Scene("push-approve", "push 2", ["a"], store=held),
    Scene("push-in-step", "push 2", store=in_step),
    Scene("push-idm-inactive", "push Calendly", store=harbour),
    Scene("push-planning", "push Calendly", store=failed, unanswered=True),
    Scene("push-of-what", "push", store=harbour),
    Scene("push-running", "push 2", store=running, readme=True, caption="A push under way: failures as they come"),
    Scene("push-running-all", "push 2", ["v"], store=running),
    Scene("push-pausing", "push 2", store=pausing, sizes=(SMALL,)),
    Scene("push-cancel", "push 2", ["x"], store=running),
    Scene("push-paused", "push 2", store=paused),
    Scene("push-interrupted", "push 2", store=interrupted),
    Scene("push-failed", "push 2", store=failed),
    Scene("push-failed-operation", "push 2", ["enter"], store=failed),
    Scene("push-succeeded", "push 2", store=succeeded),
    Scene("pushes", "pushes", store=busy_week),
    Scene("pushes-none", "pushes", store=empty),
]
