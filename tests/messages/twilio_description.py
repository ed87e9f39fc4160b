"""Twilio's published description of its API, and a judge of requests and answers by it.

The description is Twilio's own (repository twilio/twilio-oai) as its command line's core carries it; it is fetched as
the npm package it comes in, pinned, and never kept with our sources.
"""

import base64
import hashlib
import json
import re
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import FormatChecker
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from app.frontend import ensure_packages
from tests.doubles.twilio import Exchange

PACKAGE = "@twilio/cli-core@9.0.0"
INTEGRITY = "FPHm5gXAUwM2oATmQi3AGYPFz4Urg5G5/vDkpUu5WqNuwueQaS93HwXjdX1OM+miuq0LMimdfbXDTLEp4Nsjfg=="
INSIDE = "package/src/services/twilio-api/twilio_api_v2010.json"
CACHE = Path(__file__).resolve().parents[2] / ".answerline-cache" / "twilio-description"
FETCH_SECONDS = 120
WHOLE = "https://description.test/"

formats = FormatChecker(())


def description() -> dict[str, Any]:
    """Twilio's description of its API of 2010-04-01; skips the test when it cannot be fetched."""
    CACHE.mkdir(parents=True, exist_ok=True)
    package = next((file for file in CACHE.glob("*.tgz") if _is_whole(file)), None) or _fetched()
    with tarfile.open(package) as archive:
        inside = archive.extractfile(INSIDE)
        assert inside is not None
        found: dict[str, Any] = json.load(inside)
    return found


def _fetched() -> Path:
    npm, environment = ensure_packages(print)
    command = [*npm, "pack", "--silent", "--pack-destination", str(CACHE), PACKAGE]
    done = subprocess.run(
        command, cwd=CACHE, env=environment, timeout=FETCH_SECONDS, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"{PACKAGE}, which has Twilio's description, could not be fetched: {done.stderr[-300:]}")
    return next(file for file in CACHE.glob("*.tgz") if _is_whole(file))


def _is_whole(file: Path) -> bool:
    return base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode() == INTEGRITY


class Judge:
    """`mistakes` are what in an exchange is not as the description says."""

    def __init__(self, described: dict[str, Any]) -> None:
        self._paths = described["paths"]
        whole: Resource[Any] = DRAFT4.create_resource(described)
        self._registry: Registry[Any] = Registry().with_resource(WHOLE, whole)

    def mistakes(self, exchange: Exchange) -> list[str]:
        """Sentences; none when the request is one that Twilio describes, and the answer one it gives."""
        found = self._operation(exchange)
        if found is None:
            return [f"no operation {exchange.method} {exchange.path}"]
        operation, in_path = found
        return [
            *self._fields("path", in_path, self._parameters(operation, "path")),
            *self._fields("query", dict(exchange.query), self._parameters(operation, "query")),
            *self._form(exchange, operation),
            *self._answer(exchange, operation),
        ]

    def _operation(self, exchange: Exchange) -> tuple[dict[str, Any], dict[str, str]] | None:
        for path, operations in self._paths.items():
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))
            met = re.fullmatch(pattern, exchange.path)
            if met and exchange.method.lower() in operations:
                return operations[exchange.method.lower()], met.groupdict()
        return None

    def _parameters(self, operation: Mapping[str, Any], place: str) -> dict[str, Any]:
        own = [parameter for parameter in operation.get("parameters", ()) if parameter["in"] == place]
        return {
            "properties": {parameter["name"]: parameter["schema"] for parameter in own},
            "required": [parameter["name"] for parameter in own if parameter.get("required")],
        }

    def _form(self, exchange: Exchange, operation: Mapping[str, Any]) -> Iterator[str]:
        names = [name for name, _ in exchange.form]
        yield from (f"form: {name} more than once" for name in set(names) if names.count(name) > 1)
        if "requestBody" not in operation:
            yield from (f"form: {name} where there is none" for name in names)
            return
        kinds = operation["requestBody"]["content"]
        kind = exchange.content_type.partition(";")[0]
        if kind not in kinds:
            yield f"form: sent as {kind}"
            return
        yield from self._fields("form", dict(exchange.form), kinds[kind]["schema"])

    def _fields(self, place: str, given: Mapping[str, str], schema: Mapping[str, Any]) -> Iterator[str]:
        known = schema["properties"]
        yield from (f"{place}: {name} is not known" for name in given if name not in known)
        yield from (f"{place}: {name} is missing" for name in schema.get("required", ()) if name not in given)
        for name, text in given.items():
            if name in known:
                yield from (f"{place}: {name}: {why}" for why in self._broken(known[name], _read(text, known[name])))

    def _answer(self, exchange: Exchange, operation: Mapping[str, Any]) -> Iterator[str]:
        if exchange.status >= 400:  # the description says nothing of refusals
            return
        response = operation["responses"].get(str(exchange.status))
        if response is None:
            yield f"answer: {exchange.status} is none of its statuses"
            return
        schema = response["content"]["application/json"]["schema"]
        body = json.loads(exchange.answer)
        yield from (f"answer: {why}" for why in self._broken(schema, body))

    def _broken(self, schema: Mapping[str, Any], value: object) -> Iterator[str]:
        validator = OAS30Validator(_alone(schema), registry=self._registry, format_checker=formats)
        yield from (f"{error.json_path} {error.message}" for error in validator.iter_errors(value))


def _alone(schema: Mapping[str, Any]) -> Any:
    """The schema by itself, its references now into the whole description."""
    return json.loads(json.dumps(schema).replace('"$ref": "#/', f'"$ref": "{WHOLE}#/'))


def _read(text: str, schema: Mapping[str, Any]) -> object:
    match schema.get("type"):
        case "integer":
            return int(text) if re.fullmatch(r"-?\d+", text) else text
        case "boolean":
            return {"true": True, "false": False}.get(text, text)
        case "number":
            return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text
        case _:
            return text


@formats.checks("phone-number")
def _phone_number(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"\+[1-9]\d{6,14}", value) is not None


@formats.checks("date-time")
def _date_time(value: object) -> bool:
    """A date will do as well, the description's own words say."""
    return not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", value) is not None


@formats.checks("date-time-rfc-2822", raises=ValueError)
def _mail_date(value: object) -> bool:
    return not isinstance(value, str) or parsedate_to_datetime(value) is not None


@formats.checks("uri")
def _uri(value: object) -> bool:
    """Twilio's own pages are relative."""
    return not isinstance(value, str) or bool(urlsplit(value).netloc) or value.startswith("/")
