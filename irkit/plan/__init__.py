"""Verbs as data: what would be done, said exactly, before anybody does it.

A `Plan` is a value with a digest over its canonical JSON. People approve the digest; `Case.carry_out` is the
only reader that acts on it. Secrets appear as references, so a plan can be shown, stored and signed.
"""

from irkit.plan.calls import Ask, Auth, AwsCall, Call, Identity, NativeCall, SignIn
from irkit.plan.documents import canonical, document, read
from irkit.plan.plans import Action, Approval, Ended, Outcome, Plan
from irkit.plan.tasks import Do, GpgCommand, HumanTask, Put, Replace, Watch
from irkit.plan.values import Dated, Encoded, Fresh, Json, Leaf, Sealed, Signed

__all__ = [
    "Action", "Approval", "Ask", "Auth", "AwsCall", "Call", "Dated", "Do", "Encoded", "Ended", "Fresh", "GpgCommand", "HumanTask",
    "Identity", "Json", "Leaf", "NativeCall", "Outcome", "Plan", "Put", "Replace", "Sealed", "SignIn", "Signed", "Watch",
    "canonical", "document", "read",
]  # fmt: skip
