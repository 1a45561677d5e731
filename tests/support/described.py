"""What docs/openapi.json says, to hold real answers against."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
from werkzeug.test import TestResponse

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


@cache
def description() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(PAGE.read_text(encoding="utf-8"))
    return found


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of each."""
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def problems_of(method: str, path: str, response: TestResponse) -> list[str]:
    """How the answer is otherwise than described; nothing when it is as it should."""
    operation = description()["paths"].get(path, {}).get(method.lower())
    if operation is None:
        return [f"{method} {path} is not described"]
    described = operation["responses"].get(str(response.status_code))
    if described is None:
        return [f"{method} {path} answers {response.status_code}, which is not described"]
    missing = [name for name in described.get("headers", {}) if name not in response.headers]
    if response.mimetype != "application/json":
        return [*missing, f"{method} {path} answers {response.status_code} with {response.mimetype}"]
    wrong = _validator(method, path, response.status_code).iter_errors(response.get_json())
    return [*missing, *(f"{list(one.instance_path)}: {one.message}" for one in wrong)]


@cache
def _validator(method: str, path: str, status: int) -> jsonschema_rs.Draft202012Validator:
    answer = description()["paths"][path][method.lower()]["responses"][str(status)]
    schema = {
        **answer["content"]["application/json"]["schema"],
        "components": {"schemas": description()["components"]["schemas"]},
    }
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
