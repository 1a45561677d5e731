"""The demo service's people: all invented, organised like a service of 50 staff (S4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledvei_pwa.kernel.access import Role

SERVICE_NAME: Final = "Solvik barnevernstjeneste"
MAIL_DOMAIN: Final = "solvik.example"

RECEPTION: Final = "Mottak"
INVESTIGATION: Final = "Undersøkelse"
MEASURES: Final = "Tiltak"
FAMILY: Final = "Familie"
CARE: Final = "Omsorg"
STAFF: Final = "Fagstab og støtte"
TEAMS: Final = (RECEPTION, INVESTIGATION, MEASURES, FAMILY, CARE, STAFF)


@dataclass(frozen=True)
class Employee:
    name: str
    team: str | None
    roles: tuple[Role, ...] = (Role.CASEWORKER,)
    language: str = "nb"

    @property
    def email(self) -> str:
        letters = self.name.lower().replace("æ", "ae").replace("ø", "o").replace("å", "a").replace("é", "e")
        return f"{letters.replace(' ', '.')}@{MAIL_DOMAIN}"


SERVICE_LEADER: Final = Employee("Berit Haugland", None, (Role.SERVICE_LEADER, Role.SUPERVISOR))
TEAM_LEADER: Final = Employee("Ragnhild Moe", INVESTIGATION, (Role.TEAM_LEADER, Role.SUPERVISOR))
SUPERVISOR: Final = Employee("Torunn Eikeland", INVESTIGATION, (Role.SUPERVISOR, Role.CASEWORKER))
CASEWORKER: Final = Employee("Ingvild Sørli", INVESTIGATION)
EXTERNAL: Final = Employee("Marte Lindvik", None, (Role.EXTERNAL_SUPERVISOR,))
NEW_EMPLOYEE: Final = Employee("Samira Nasser", INVESTIGATION)

LEADERS: Final = (
    SERVICE_LEADER,
    TEAM_LEADER,
    Employee("Geir Tveit", MEASURES, (Role.TEAM_LEADER, Role.SUPERVISOR), "nn"),
    Employee("Anne Brekke", CARE, (Role.TEAM_LEADER, Role.SUPERVISOR)),
    Employee("Lars Holmen", FAMILY, (Role.TEAM_LEADER, Role.SUPERVISOR)),
)

SUPERVISORS: Final = (
    SUPERVISOR,
    Employee("Jostein Rønning", INVESTIGATION, (Role.SUPERVISOR, Role.CASEWORKER)),
    Employee("Kjersti Aasen", MEASURES, (Role.SUPERVISOR, Role.CASEWORKER), "nn"),
    Employee("Mona Dahl", MEASURES, (Role.SUPERVISOR, Role.CASEWORKER)),
    EXTERNAL,
)

CASEWORKERS: Final = (
    CASEWORKER,
    NEW_EMPLOYEE,
    *(
        Employee(name, INVESTIGATION)
        for name in (
            "Jonas Fjeld",
            "Linn Bakken",
            "Per Arne Vik",
            "Hanna Solheim",
            "Emil Strand",
            "Nora Ness",
            "Thomas Lie",
        )
    ),
    *(Employee(name, RECEPTION) for name in ("Camilla Berge", "Ole Nygård", "Aisha Rahimi")),
    *(
        Employee(name, MEASURES, language=language)
        for name, language in (
            ("Silje Myhre", "nb"),
            ("Kristian Hove", "nn"),
            ("Gunnhild Sande", "nn"),
            ("Marius Engen", "nb"),
            ("Elin Kvamme", "nn"),
            ("Yasmin Farah", "nb"),
            ("Stine Rud", "nb"),
            ("Håkon Lunde", "nn"),
        )
    ),
    *(
        Employee(name, FAMILY)
        for name in ("Vilde Næss", "Andreas Foss", "Ida Tangen", "Petter Krogh", "Sunniva Lie")
    ),
    *(
        Employee(name, CARE)
        for name in ("Tone Hegg", "Magnus Aune", "Julie Sletten", "Fredrik Bø", "Maria Skaar", "Even Hauge")
    ),
    *(
        Employee(name, STAFF)
        for name in ("Wenche Lien", "Sindre Vold", "Tuva Hagen", "Knut Ødegård", "Reidun Bjerke", "Pål Sunde")
    ),
)

EVERYBODY: Final = (*LEADERS, *SUPERVISORS, *CASEWORKERS)
