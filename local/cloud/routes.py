"""HTTP APIs have the routes, authorizers and CORS rules of their OpenAPI `Body`, as SAM writes it.

ministack creates the API and ignores the body, so that the API has no routes at all.
"""

import json

from ministack.services import apigateway

from local.cloud.provisioning import Json, after_provisioning

ANY_METHOD = "x-amazon-apigateway-any-method"


def apply() -> None:
    after_provisioning("AWS::ApiGatewayV2::Api", _import)


def _import(api_id: str, properties: Json) -> None:
    body = properties.get("Body")
    if not body:
        return
    for store in (apigateway._routes, apigateway._integrations, apigateway._authorizers):
        store[api_id] = {}
    if cors := body.get("x-amazon-apigateway-cors"):
        apigateway._apis[api_id]["corsConfiguration"] = cors
    schemes = body.get("components", {}).get("securitySchemes", {})
    authorizations = {name: _authorization(api_id, name, scheme) for name, scheme in schemes.items()}
    authorizations["NONE"] = {}
    for path, operations in body["paths"].items():
        for method, operation in operations.items():
            security = operation.get("security") or [{"NONE": []}]
            [(scheme, scopes)] = security[0].items()
            authorization = {**authorizations[scheme], "authorizationScopes": scopes}
            route_key = "$default" if operation.get("isDefaultRoute") else _route_key(method, path)
            _add_route(api_id, route_key, operation, authorization)


def _authorization(api_id: str, name: str, scheme: Json) -> Json:
    """Create the authorizer of a security scheme. Returns the properties of routes that use it."""
    if scheme.get("x-amazon-apigateway-authtype") == "awsSigv4":
        return {"authorizationType": "AWS_IAM"}
    authorizer = scheme["x-amazon-apigateway-authorizer"]
    created = _created(
        apigateway._create_authorizer(
            api_id,
            {
                "name": name,
                "authorizerType": authorizer["type"].upper(),
                "identitySource": [authorizer["identitySource"]],
                "jwtConfiguration": authorizer["jwtConfiguration"],
            },
        )
    )
    return {"authorizationType": "JWT", "authorizerId": created["authorizerId"]}


def _route_key(method: str, path: str) -> str:
    return f"{'ANY' if method == ANY_METHOD else method.upper()} {path}"


def _add_route(api_id: str, route_key: str, operation: Json, authorization: Json) -> None:
    described = operation["x-amazon-apigateway-integration"]
    integration = _created(
        apigateway._create_integration(
            api_id,
            {
                "integrationType": described["type"].upper(),
                "integrationUri": described["uri"],
                "payloadFormatVersion": described["payloadFormatVersion"],
            },
        )
    )
    target = f"integrations/{integration['integrationId']}"
    _created(apigateway._create_route(api_id, {"routeKey": route_key, "target": target, **authorization}))


def _created(response: tuple[int, Json, bytes]) -> Json:
    status, _headers, body = response
    if status >= 400:  # noqa: PLR2004
        raise ValueError(body.decode())
    created: Json = json.loads(body)
    return created
