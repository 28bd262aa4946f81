from tests.local.conftest import LocalCloud
from tests.local.test_routes import OUTPUTS, ROUTES, http_api


def test_cors_rules_are_those_of_the_parameter_not_of_its_default(cloud: LocalCloud) -> None:
    cors = {"AllowOrigins": {"Fn::Split": [",", {"Ref": "Origins"}]}, "AllowMethods": ["GET"]}
    rules = {"CorsConfiguration": {"Fn::If": ["Embedded", cors, {"Ref": "AWS::NoValue"}]}}
    stack = cloud.deploy(
        http_api(ROUTES, rules),
        OUTPUTS,
        conditions={"Embedded": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Origins"}, ""]}]}},
        Origins="https://a.example.com,https://b.example.com",
    )
    api = cloud.client("apigatewayv2").get_api(ApiId=stack["Api"])
    assert api["CorsConfiguration"]["AllowOrigins"] == ["https://a.example.com", "https://b.example.com"]
