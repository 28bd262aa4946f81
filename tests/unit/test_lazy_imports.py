"""What the build replaces in third-party packages: an upgrade that changes it makes the build fail."""

from pathlib import Path
from types import ModuleType

import aws_lambda_powertools
import pytest

import lazy_imports

PACKAGES = Path(aws_lambda_powertools.__file__).parents[1]


@pytest.mark.parametrize("package", lazy_imports.PACKAGES)
def test_a_package_of_the_pinned_release_only_imports_names(package: str) -> None:
    init = (PACKAGES / package / "__init__.py").read_text()
    assert "from importlib import import_module" in lazy_imports.lazy(init)


@pytest.mark.parametrize("module", lazy_imports.STUBS)
def test_a_stub_defines_what_the_module_of_the_pinned_release_defines(module: str) -> None:
    source = lazy_imports.STUBS[module]
    assert lazy_imports.stub((PACKAGES / module).read_text(), source) == source


@pytest.mark.parametrize(
    "added",
    ["import json", "from json import *", "from json import loads as parse", "VERSION = 1", "def f(): pass"],
)
def test_the_build_fails_if_a_package_comes_to_do_more_than_import_names(added: str) -> None:
    with pytest.raises(ValueError, match="more than imports of names"):
        lazy_imports.lazy(f'"""A package."""\nfrom json import loads\n{added}\n__all__ = ["loads"]\n')


def test_the_build_fails_if_a_module_comes_to_define_more_than_its_stub() -> None:
    module = "def get_plugins():\n    return ()\n"
    assert lazy_imports.stub(module, module) == module
    for added in ("def unload_plugins():\n    pass", "GROUP = 1", "GROUP: int = 1", "class Plugin:\n    pass"):
        with pytest.raises(ValueError, match=r"unload_plugins|GROUP|Plugin"):
            lazy_imports.stub(f"{module}{added}\n", module)


def test_a_name_of_a_lazy_package_is_imported_when_it_is_used() -> None:
    source = lazy_imports.lazy('"""A package."""\nfrom json import loads\n__all__ = ["loads"]\n')
    package = ModuleType("package")
    exec(source, package.__dict__)  # noqa: S102 - what the build writes
    assert "loads" not in vars(package)
    assert package.loads("1") == 1
    assert "loads" in vars(package)
    assert (package.__doc__, package.__all__) == ("A package.", ["loads"])
    with pytest.raises(AttributeError, match="module 'package' has no attribute 'dumps'"):
        _ = package.dumps
