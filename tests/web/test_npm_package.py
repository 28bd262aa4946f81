"""What the npm package contains and declares: types and manifest agree with the code and with the API."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import jsonschema_rs
import pytest
from pydantic import BaseModel

from local import npm_package
from local.programs import esbuild, node, npm_packages
from mid_job_feedback.domain.email_delivery import EmailStatus, NotSentReason
from mid_job_feedback.domain.models import (
    EarlierVersion,
    FeedbackKind,
    Ground,
    Ratings,
    Removal,
    ReportTarget,
    RequestPreference,
    RequestStatus,
)
from mid_job_feedback.domain.views import (
    EmailDeliveryView,
    FeedbackView,
    RemovedReplyView,
    ReportView,
    RequestView,
)
from tests.template import ROOT
from tests.web.marketplace_apps import PACKAGE, run

ELEMENTS = ROOT / "web/elements"
OF_ALL_ELEMENTS = {"lang"}  # React declares it
PARTS_BY_VARIABLE = {"${tone}": ["good", "plain", "danger"], "${variant}": ["primary", "plain"]}

# Prints what a server sees of the classes: whatever imports them does not need a browser.
LIST_CLASSES = """
import * as elements from "@mid-job-feedback/elements";
import "@mid-job-feedback/elements/define";
const found = {};
for (const [name, element] of Object.entries(elements)) {
  if (name === "setApiBase") continue;
  found[name] = { observed: element.observedAttributes, properties: element.properties };
}
console.log(JSON.stringify(found));
"""
CHECKS = """
import type {{ Category, {names}, Feedback, FeedbackRequest }} from "@mid-job-feedback/elements";
import type {{
  Delivery, EarlierVersion, FeedbackReport, Ground, Removal, Reply, RequestPreference,
}} from "@mid-job-feedback/elements";
import type {{}} from "@mid-job-feedback/elements/react";
import type {{ HTMLAttributes, JSX, RefAttributes }} from "react";

type Same<A, B> = [A] extends [B] ? [B] extends [A] ? true : never : never;
type Own<Tag extends keyof JSX.IntrinsicElements> =
  Exclude<keyof JSX.IntrinsicElements[Tag], keyof HTMLAttributes<unknown> | keyof RefAttributes<unknown>>;

export const checks: true[] = [{checks}];
"""


@pytest.fixture(scope="module")
def manifest(apps: Path) -> Any:
    return json_in(apps, npm_package.MANIFEST)


@pytest.fixture(scope="module")
def elements(manifest: Any) -> Mapping[str, Any]:
    """The declarations of the elements by name."""
    declarations = [one for module in manifest["modules"] for one in module.get("declarations", [])]
    return {one["name"]: one for one in declarations if "tagName" in one}


def json_in(apps: Path, name: str) -> Any:
    return json.loads((apps / PACKAGE / name).read_text())


def names(declaration: Any, kind: str) -> set[str]:
    return {one["name"] for one in declaration.get(kind, [])}


def found(pattern: str, modules: Iterable[Path]) -> set[str]:
    return {match for path in modules for match in re.findall(pattern, path.read_text())}


def reached(module: Path, known: frozenset[Path] = frozenset()) -> frozenset[Path]:
    """A module of web/elements and all that it imports."""
    if module not in known:
        known |= {module}
        for imported in found(r'from "\./([\w-]+\.js)"', [module]):
            known = reached(ELEMENTS / imported, known)
    return known


def modules_of(declaration: Any) -> frozenset[Path]:
    return reached(ELEMENTS / f"{declaration['tagName']}.js")


def test_the_package_has_what_it_exports_a_licence_and_the_version_of_this_repository(apps: Path) -> None:
    description, folder = json_in(apps, "package.json"), apps / PACKAGE
    exported = re.findall(r'"(\./[^"]+\.\w+)"', json.dumps(list(description["exports"].values())))
    assert len(exported) >= len(description["exports"])
    assert all((folder / path).is_file() for path in [*exported, "README.md"])
    assert description["version"] == npm_package.version()
    assert (folder / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    assert not [path for path in folder.rglob("*.*") if str(ROOT) in path.read_text()]


def test_it_can_be_imported_where_there_is_no_browser(apps: Path, elements: Mapping[str, Any]) -> None:
    assert seen_by_a_server(apps).keys() == elements.keys()


def seen_by_a_server(apps: Path) -> Mapping[str, Any]:
    (apps / "server.mjs").write_text(LIST_CLASSES)
    classes: Mapping[str, Any] = json.loads(run(node.find().executable, "server.mjs", cwd=apps))
    return classes


@pytest.mark.parametrize(
    ("imports", "contains", "lacks"),
    [
        ('import "@mid-job-feedback/elements"', "", "class"),
        ('export { WorkHistory } from "@mid-job-feedback/elements"', "freelancer-id", "/ratings-form.js"),
        ('import "@mid-job-feedback/elements/define"', "customElements.define", "react"),
    ],
    ids=["nothing used", "one element used", "all registered"],
)
def test_a_bundle_has_only_what_a_page_uses(apps: Path, imports: str, contains: str, lacks: str) -> None:
    (apps / "uses.js").write_text(imports)
    bundle = run(esbuild.find().executable, "uses.js", "--bundle", "--format=esm", cwd=apps)
    assert contains in bundle
    assert lacks not in bundle


def test_the_manifest_is_valid(manifest: Any) -> None:
    schema = json.loads((npm_packages.FRAMEWORKS.find() / "custom-elements-manifest/schema.json").read_text())
    jsonschema_rs.Draft7Validator(schema).validate(manifest)


def test_the_manifest_names_the_attributes_and_properties_of_the_code(
    apps: Path, elements: Mapping[str, Any]
) -> None:
    classes = seen_by_a_server(apps)
    misplaced = {name.lower() for seen in classes.values() for name in seen["properties"]}
    for name, seen in classes.items():
        read = found(r'\b(?:this|element)\.getAttribute\("([\w-]+)"\)', modules_of(elements[name]))
        attributes = {one for one in read | {*seen["observed"]} if one.replace("-", "") not in misplaced}
        assert names(elements[name], "attributes") == attributes
        assert names(elements[name], "members") == {*seen["properties"]}


def test_the_manifest_names_the_events_parts_and_custom_properties_of_the_code(
    elements: Mapping[str, Any],
) -> None:
    for declaration in elements.values():
        modules = modules_of(declaration)
        assert names(declaration, "events") == found(r'\.emit\("([\w-]+)"', modules)
        assert names(declaration, "cssParts") <= parts(modules)
        assert names(declaration, "cssProperties") == found(r"--feedback-[\w-]+", [ELEMENTS / "elements.css"])
    declared = {part for declaration in elements.values() for part in names(declaration, "cssParts")}
    assert declared == parts(ELEMENTS.glob("*.js"))


def parts(modules: Iterable[Path]) -> set[str]:
    """The names in `part: "button primary"`, and each that can stand in the place of a variable."""
    values = {name for value in found(r'part: ["`]([^"`]+)["`]', modules) for name in value.split()}
    return {name for value in values for name in PARTS_BY_VARIABLE.get(value, [value])}


def test_the_manifest_says_where_each_element_is_registered(manifest: Any) -> None:
    [exports] = [module["exports"] for module in manifest["modules"] if module["path"] == "define.js"]
    in_code = dict(re.findall(r'"([\w-]+)": (\w+)', (ELEMENTS / "define.js").read_text()))
    assert {one["name"]: one["declaration"]["name"] for one in exports} == in_code


def test_the_types_accept_these_apps_and_refuse_mistakes(apps: Path, elements: Mapping[str, Any]) -> None:
    """The apps, the code in the documents, and comparisons with manifest and API. Types are strict."""
    write_checks(apps, elements)
    lines = (apps / "wrong.tsx").read_text().splitlines()
    expected = [(str(number), line[-6:]) for number, line in enumerate(lines, 1) if "// TS" in line]
    compiler = apps / "node_modules/typescript/bin/tsc"
    told = run(node.find().executable, compiler, "--pretty", "false", cwd=apps, check=False)
    assert re.findall(r"^wrong\.tsx\((\d+),\d+\): error (TS\d+)", told, re.MULTILINE) == expected
    assert not re.findall(r"^(?!wrong\.tsx| ).+", told, re.MULTILINE)


def write_checks(apps: Path, elements: Mapping[str, Any]) -> None:
    """Types have what the manifest and the API's models have, and nothing else."""
    checks = [*declared_as_in_the_manifest(elements), *declared_as_in_the_api()]
    code = CHECKS.format(names=", ".join(elements), checks=",\n  ".join(["true", *checks]))
    (apps / "checks.tsx").write_text(code)


def declared_as_in_the_manifest(elements: Mapping[str, Any]) -> Iterator[str]:
    for name, declaration in elements.items():
        tag, properties = declaration["tagName"], names(declaration, "members")
        attributes = names(declaration, "attributes") - OF_ALL_ELEMENTS
        events = [f"on{event}" for event in names(declaration, "events")]
        yield same(f"Exclude<keyof {name}, keyof HTMLElement>", properties)
        yield same(f'Own<"{tag}">', [*properties, *attributes, *events])
        yield f'true satisfies Same<HTMLElementTagNameMap["{tag}"], {name}>'
        for event in declaration.get("events", []):
            yield f'true satisfies Same<HTMLElementEventMap["{event["name"]}"], {event["type"]["text"]}>'


def declared_as_in_the_api() -> Iterator[str]:
    yield same("keyof Feedback", FeedbackView.model_fields)
    yield same("keyof EarlierVersion", EarlierVersion.model_fields)
    yield same("keyof Reply", RemovedReplyView.model_fields)
    yield same("keyof Removal", Removal.model_fields)
    yield same("Ground", Ground)
    yield same("keyof FeedbackReport", ReportView.model_fields)
    yield same('FeedbackReport["target"]', ReportTarget)
    yield same("keyof FeedbackRequest", RequestView.model_fields)
    yield same('keyof Delivery["email"]', EmailDeliveryView.model_fields)
    yield same('Delivery["email"]["status"]', EmailStatus)
    yield same('NonNullable<Delivery["email"]["reason"]>', NotSentReason)
    yield same("keyof RequestPreference", ["contract_id", *RequestPreference.model_fields])
    yield same("Category", Ratings.model_fields)
    yield same('Feedback["kind"]', FeedbackKind)
    yield same('FeedbackRequest["status"]', RequestStatus)
    for model, name in ((FeedbackView, "Feedback"), (RequestView, "FeedbackRequest")):
        nullable = [field for field in model.model_fields if can_be_null(model, field)]
        yield same(f"{{ [K in keyof {name}]: null extends {name}[K] ? K : never }}[keyof {name}]", nullable)


def can_be_null(model: type[BaseModel], field: str) -> bool:
    return type(None) in get_args(model.model_fields[field].annotation)


def same(type_: str, strings: Iterable[str]) -> str:
    """A check that `type_` is the union of these strings."""
    return f"true satisfies Same<{type_}, {' | '.join(f'"{string}"' for string in strings)}>"
