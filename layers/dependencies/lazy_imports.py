"""Makes a layer's packages import less when a function starts. Called with the layer's folder of packages.

Importing one name of a package imports everything that its `__init__` names, such as AppSync and asyncio with
Powertools' HTTP router. The build fails if an upgrade changes what is replaced here.
"""

import ast
import sys
from pathlib import Path

from trim import write

# Packages whose `__init__` only imports names: each is imported when it is first used.
PACKAGES = ("aws_lambda_powertools/event_handler", "aws_lambda_powertools/utilities/data_classes")
# Modules that needed modules import, but that nothing calls: the SDK's documentation, whose texts trim.py removes;
# HTTP/2, whose library is not in the layer; and a search for plugins in all packages.
_NO_TEXT = "(str):\n    def __new__(cls, *_, **__): return super().__new__(cls)\n"
_NOT_HERE = "(*_, **__): raise NotImplementedError\n"
STUBS = {
    "botocore/docs/__init__.py": f"DEPRECATED_SERVICE_NAMES = set()\ndef generate_docs{_NOT_HERE}",
    "botocore/docs/docstring.py": f"class LazyLoadedDocstring{_NO_TEXT}"
    + "".join(
        f"class {kind}Docstring(LazyLoadedDocstring): pass\n" for kind in ("ClientMethod", "Waiter", "Paginator")
    ),
    "pydantic/plugin/_loader.py": "PYDANTIC_ENTRY_POINT_GROUP = 'pydantic'\ndef get_plugins(): return ()\n",
    "urllib3/http2/__init__.py": "orig_HTTPSConnection = None\n"
    f"def inject_into_urllib3{_NOT_HERE}def extract_from_urllib3{_NOT_HERE}",
}
_IMPORT_LATER = """
def __getattr__(name):
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module
    found = globals()[name] = getattr(import_module(_MODULES[name], __name__), name)
    return found
"""


def lazy(init: str) -> str:
    """Raises ValueError if the `__init__` does anything but import names."""
    kept: list[str] = []
    modules: dict[str, str] = {}
    for statement in ast.parse(init).body:
        match statement:
            case ast.ImportFrom(module=str(module), names=names) if not any(
                name.asname or name.name == "*" for name in names
            ):
                modules |= {name.name: "." * statement.level + module for name in names}
            case ast.Expr(ast.Constant()) | ast.Assign(targets=[ast.Name("__all__")]):
                kept.append(ast.unparse(statement))
            case _:
                raise ValueError(f"more than imports of names: {ast.unparse(statement)}")
    return "\n".join((*kept, f"_MODULES = {modules!r}", _IMPORT_LATER))


def stub(module: str, source: str) -> str:
    """`source`, if it defines what the module does. Raises ValueError if not."""
    if _defined(module) != _defined(source):
        raise ValueError(f"defines {_defined(module)}, not {_defined(source)}")
    return source


def _defined(source: str) -> list[str]:
    """The public functions, classes and constants of a module."""
    names: list[str] = []
    for node in ast.parse(source).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(name)):
                names.append(name)
            case ast.Assign(targets=targets):
                names += [target.id for target in targets if isinstance(target, ast.Name)]
    return sorted(name for name in names if not name.startswith("_"))


if __name__ == "__main__":
    packages = Path(sys.argv[1])
    for package in PACKAGES:
        init = packages / package / "__init__.py"
        write(init, lazy(init.read_text()))
    for name, source in STUBS.items():
        write(packages / name, stub((packages / name).read_text(), source))
