"""What others may do and ask about services, teams, people, roles and devices: the door to this folder.

What is behind it lies in files by role. Verbs that take an `actor` authorise and commit;
those without are for the command line, the demo and other features. Everything a caller gets is a small
frozen dataclass, never a record.
"""

from __future__ import annotations

from ledvei_pwa.features.people.asking import (
    active_person,
    dated_roles,
    every_service,
    held_on,
    is_active,
    language_of_only_service,
    load_actor,
    may_disable,
    may_open_account,
    may_see_person,
    people_in_service,
    persons_by_ids,
    service_of,
    teams_in_service,
)
from ledvei_pwa.features.people.cards import (
    ChangeService,
    CreateService,
    DeviceCard,
    InvitationLink,
    InvitePerson,
    NewDevice,
    NewRole,
    PersonCard,
    ServiceCard,
    TeamCard,
    device_card,
    service_card,
)
from ledvei_pwa.features.people.closing import disable_person, enable_person
from ledvei_pwa.features.people.devices import (
    check_read_credential,
    check_write_credential,
    device_of_sign_in,
    devices_of_person,
    find_device,
    note_device_contact,
    register_device,
    revoke_device,
)
from ledvei_pwa.features.people.epochs import (
    begin_epoch,
    knows_less_than,
    notice_forgotten,
    sign_everybody_out,
)
from ledvei_pwa.features.people.invitations import add_person, invite_again, invite_person, make_invitation
from ledvei_pwa.features.people.persons import choose_language, correct_person, set_quiet_hours
from ledvei_pwa.features.people.reentries import ReentryCard, is_begun_by, waiting_reentry
from ledvei_pwa.features.people.roles import (
    add_role,
    add_team,
    create_team,
    end_role,
    give_role,
    rename_team,
    tell_of_dated_roles,
)
from ledvei_pwa.features.people.services import change_service, create_service
from ledvei_pwa.features.people.telling import render_persons, render_services

__all__ = [
    "ChangeService",
    "CreateService",
    "DeviceCard",
    "InvitationLink",
    "InvitePerson",
    "NewDevice",
    "NewRole",
    "PersonCard",
    "ReentryCard",
    "ServiceCard",
    "TeamCard",
    "active_person",
    "add_person",
    "add_role",
    "add_team",
    "begin_epoch",
    "change_service",
    "check_read_credential",
    "check_write_credential",
    "choose_language",
    "correct_person",
    "create_service",
    "create_team",
    "dated_roles",
    "device_card",
    "device_of_sign_in",
    "devices_of_person",
    "disable_person",
    "enable_person",
    "end_role",
    "every_service",
    "find_device",
    "give_role",
    "held_on",
    "invite_again",
    "invite_person",
    "is_active",
    "is_begun_by",
    "knows_less_than",
    "language_of_only_service",
    "load_actor",
    "make_invitation",
    "may_disable",
    "may_open_account",
    "may_see_person",
    "note_device_contact",
    "notice_forgotten",
    "people_in_service",
    "persons_by_ids",
    "register_device",
    "rename_team",
    "render_persons",
    "render_services",
    "revoke_device",
    "service_card",
    "service_of",
    "set_quiet_hours",
    "sign_everybody_out",
    "teams_in_service",
    "tell_of_dated_roles",
    "waiting_reentry",
]
