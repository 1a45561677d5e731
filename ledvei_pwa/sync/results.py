"""What each operation is answered, and the plain words for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ledvei_pwa.platform.i18n import gettext as _

APPLIED: Final = "applied"
DUPLICATE: Final = "duplicate"
REJECTED: Final = "rejected"
RETRY: Final = "retry"  # something failed here; the device keeps the operation and sends it again


class NotBackYetError(Exception):
    """A backup was restored, and what the operation builds on may still lie on another device."""


class UnannouncedError(NotBackYetError):
    """So it is, and nobody has said so: in this epoch the server has told of what it does not know."""

    def __init__(self, epoch: str) -> None:
        super().__init__(epoch)
        self.epoch = epoch


class RejectedError(Exception):
    """The operation cannot be taken as it is. `fields` holds a text per field that is to be changed."""

    def __init__(self, reason: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fields = dict(fields or {})


class BarredError(RejectedError):
    """It is genuine, and whose it is may send nothing new any more."""


@dataclass(frozen=True)
class Result:
    """One operation's. `id` is None when the operation named none."""

    id: str | None
    result: str
    reason: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0

    def shown(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"id": self.id, "result": self.result}
        if self.reason:
            answer |= {"reason": self.reason, "text": text_of(self.reason)}
        if self.fields:
            answer["fields"] = dict(self.fields)
        if self.revision:
            answer["revision"] = self.revision
        return answer


def rejected(id_: str | None, error: RejectedError) -> Result:
    return Result(id_, REJECTED, error.reason, error.fields)


def text_of(reason: str) -> str:
    """What the person can do about it, in the current language."""
    texts = {
        "malformed": _("This could not be read by the server. Copy the text and write it again."),
        "seal_unreadable": _("This was locked for another server. Copy the text and write it again."),
        "device_unknown": _("The service does not know this device. Sign in on it again."),
        "device_revoked": _("This device has been signed out of the service. Sign in on it again."),
        "person_disabled": _("You no longer have access to the service. Ask your leader."),
        "unknown_kind": _("The server does not know this kind of text yet. It is kept here until it does."),
        "unknown_field": _(
            "The server does not know a part of this text yet. It is kept here until it does."
        ),
        "invalid_field": _("Something here must be changed before it can be sent."),
        "not_yours": _("Only the one who wrote this can change it."),
        "entry_unknown": _("This is no longer there, or no longer shared with you."),
        "scope_unknown": _("The supervision this belongs to is no longer there. Choose another one."),
        "scope_fixed": _("This belongs to another session. Copy the text and write it there."),
        "id_reused": _("Something else was sent under the same number. Copy the text and write it again."),
        "not_back_yet": _(
            "The service came back from a backup. This is kept here and sent again when the rest is back."
        ),
        "server_failed": _("The server could not take this just now. It is kept here and sent again."),
    }
    return texts.get(reason, texts["malformed"])
