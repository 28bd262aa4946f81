"""Packages from the npm registry with which tests check the elements, the OpenAPI and the AsyncAPI document."""

from typing import Final

from local.cloud_process import ROOT
from local.programs.npm import LockedPackages

FRAMEWORKS: Final = LockedPackages(
    "React, Vue and TypeScript (the npm packages of tests/web/apps)", ROOT / "tests/web/apps/package-lock.json"
)
OPENAPI_TOOLS: Final = LockedPackages(
    "Redocly, Spectral and openapi-typescript (the npm packages of tests/openapi)",
    ROOT / "tests/openapi/package-lock.json",
)
ASYNCAPI_PARSER: Final = LockedPackages(
    "AsyncAPI's parser (the npm package @asyncapi/parser)", ROOT / "tests/static/asyncapi/package-lock.json"
)
