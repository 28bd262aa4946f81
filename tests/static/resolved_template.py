"""template.yaml as CloudFormation creates it with given parameters: without conditions and intrinsic functions.

What is known only after creation, such as an ARN, is a word in angle brackets: `<Edge.DomainName>`.
"""

import re
from functools import cache
from typing import Any

from tests.static.transformed_template import transformed_template

type Json = dict[str, Any]

UUID = "11111111-2222-3333-4444-555555555555"
PSEUDO_PARAMETERS = {
    "AWS::AccountId": "111122223333",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::StackId": f"arn:aws:cloudformation:eu-west-1:111122223333:stack/feedback/{UUID}",
    "AWS::StackName": "feedback",
    "AWS::URLSuffix": "amazonaws.com",
}
_NO_VALUE = object()


@cache
def _transformed() -> Json:
    return transformed_template()


def resolved_template(**parameters: str) -> Json:
    """The resources and outputs of a stack with these parameters, as text, and the defaults of all others."""
    return _Stack(_transformed(), parameters).resolved()


class _Stack:
    def __init__(self, template: Json, parameters: dict[str, str]) -> None:
        self.template = template
        self.values: Json = dict(PSEUDO_PARAMETERS)
        assert parameters.keys() <= template["Parameters"].keys()
        for name, described in template["Parameters"].items():
            text = str(parameters.get(name, described.get("Default", "")))
            self._check(name, described, text)
            self.values[name] = text.split(",") if described["Type"] == "CommaDelimitedList" else text

    @staticmethod
    def _check(name: str, described: Json, text: str) -> None:
        pattern = described.get("AllowedPattern", ".*")
        parts = text.split(",") if described["Type"] == "CommaDelimitedList" else [text]
        if name != "SenderEmail":  # has no default
            assert [part for part in parts if not re.fullmatch(pattern, part)] == [], name

    def resolved(self) -> Json:
        return {
            section: {
                name: self.value(found)
                for name, found in self.template[section].items()
                if "Condition" not in found or self.holds(found["Condition"])
            }
            for section in ("Resources", "Outputs")
        }

    def holds(self, name: str) -> bool:
        return bool(self.value(self.template["Conditions"][name]))

    def value(self, found: Any) -> Any:
        match found:
            case list():
                values = [self.value(each) for each in found]
                return [each for each in values if each is not _NO_VALUE]
            case {"Condition": str(name)} if len(found) == 1:
                return self.holds(name)
            case dict() if len(found) == 1 and (function := next(iter(found))) in _FUNCTIONS:
                return _FUNCTIONS[function](self, found[function])
            case dict():
                named = {name: self.value(each) for name, each in found.items()}
                return {name: each for name, each in named.items() if each is not _NO_VALUE}
            case _:
                return found

    def ref(self, name: str) -> Any:
        return _NO_VALUE if name == "AWS::NoValue" else self.values.get(name, f"<{name}>")

    def if_(self, branches: list[Any]) -> Any:
        condition, then, otherwise = branches
        return self.value(then if self.holds(condition) else otherwise)

    def sub(self, given: str | list[Any]) -> str:
        text, named = (given, {}) if isinstance(given, str) else given
        names = {name: self.value(each) for name, each in named.items()}
        return re.sub(r"\${([\w.:]+)}", lambda found: names.get(found[1]) or self.ref(found[1]), text)


_FUNCTIONS: dict[str, Any] = {
    "Ref": _Stack.ref,
    "Fn::And": lambda stack, parts: all(stack.value(parts)),
    "Fn::Equals": lambda stack, pair: len(set(map(str, stack.value(pair)))) == 1,
    "Fn::GetAtt": lambda _, place: f"<{'.'.join(place)}>",
    "Fn::If": _Stack.if_,
    "Fn::Join": lambda stack, given: given[0].join(stack.value(given[1])),
    "Fn::Not": lambda stack, parts: not stack.value(parts[0]),
    "Fn::Select": lambda stack, given: stack.value(given[1])[int(given[0])],
    "Fn::Split": lambda stack, given: stack.value(given[1]).split(given[0]),
    "Fn::Sub": _Stack.sub,
}
