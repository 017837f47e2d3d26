"""Scenes of the provisioning log: whole, narrowed, exported, and an operation with both sides of its exchanges."""

from __future__ import annotations

from tests.scene import SMALL, Scene
from tests.stages import empty
from tests.stages_push import busy_week, long_log

LOG_SCENES: list[Scene] = [
    Scene("log", "log", store=busy_week, readme=True, caption="Provisioning Log: every operation, narrowed by any of its columns"),
    Scene("log-failed", "log", ["x"], store=busy_week),
    Scene("log-filtered", "log result=failed", ["slash", *" seats"], store=busy_week),
    Scene("log-one-person", "log", ["j", "j", "u"], store=busy_week, sizes=(SMALL,)),
    Scene("log-no-match", "log zzz", store=busy_week),
    Scene("log-half-a-word", "log app=Nowhere", store=busy_week),
    Scene("log-none", "log", store=empty),
    Scene("log-long", "log", ["G"], store=long_log),
    Scene("log-held", "log", ["f"], store=busy_week, sizes=(SMALL,)),
    Scene("log-export", "log result=failed", ["e"], store=busy_week),
    Scene(
        "operation",
        "log result=failed seats",
        ["enter"],
        store=busy_week,
        readme=True,
        caption="Both sides of an exchange, secrets redacted",
    ),
    Scene("operation-unfolded", "log action=create result=succeeded", ["enter", "o", "o"], store=busy_week),
    Scene("operation-copied", "log result=failed seats", ["enter", "y"], store=busy_week),
    Scene("operation-unknown", "operation 01NOSUCHOPERATION", store=busy_week, sizes=(SMALL,)),
]
