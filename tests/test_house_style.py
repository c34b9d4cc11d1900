"""The rules of the house that a machine can check; ruff and mypy check the rest."""

import ast
import re
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAM = ("infra", "components", "serving", "policies", "toolchain", "examples", "bench")
FUNCTION_LINES = {"median": 10, "95th percentile": 40, "longest": 50}
FILE_LINES = {"median": 110, "95th percentile": 220, "longest": 300}

# What the code of each folder may import of this repository.
MAY_IMPORT = {
    "infra": {"infra", "components", "serving"},
    "components": {"components", "serving"},
    "serving": {"serving"},
    "policies": {"mechanics", "rules"},
    "toolchain": {"toolchain"},
    "examples": {"examples", "serving"},
}
OURS = {*PROGRAM, "mechanics", "rules", "tests"}
FORBIDDEN_FILES = {"util.py", "utils.py", "helper.py", "helpers.py", "common.py", "misc.py"}
FORBIDDEN_CLASS = re.compile(r"(Manager|Helper|Helpers|Util|Utils|Component)$")
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b")
ABSOLUTE = re.compile(r"(?<![\w.~$}])/(home|root|work|Users)/[\w.]")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tracked() -> list[Path]:
    """Every file that is or would be committed, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [Path(name) for name in names if (ROOT / name).is_file()]


def python_files(*folders: str) -> list[Path]:
    """The Python files below some folders, and the program's own __main__.py."""
    return [path for path in tracked() if path.suffix == ".py" and (path.parts[0] in folders or len(path.parts) == 1)]


@cache
def tree(path: Path) -> ast.Module:
    """A file, parsed."""
    return ast.parse((ROOT / path).read_text())


def functions(path: Path) -> Iterator[Function]:
    """Every function of a file, inner ones too."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def length(function: Function) -> int:
    """Lines of a function without its docstring."""
    assert function.end_lineno
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) and first.end_lineno:
        lines -= first.end_lineno - first.lineno + 1
    return lines


def imports(path: Path) -> set[str]:
    """The modules that a file imports, by their full names."""
    names = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def percentile_95(values: list[int]) -> float:
    """The value that 95 of 100 do not exceed."""
    return statistics.quantiles(values, n=20)[-1]


def listed(problems: list[str]) -> str:
    """Problems as an assertion shows them, one on a line."""
    return "\n" + "\n".join(problems)


def test_no_function_is_longer_than_a_screen() -> None:
    problems = [
        f"{path}:{function.lineno}: {function.name} has {length(function)} lines without its docstring; split it"
        for path in python_files(*PROGRAM, "tests")
        for function in functions(path)
        if length(function) > FUNCTION_LINES["longest"]
    ]
    assert not problems, listed(problems)


def test_most_functions_are_read_at_a_glance() -> None:
    lengths = [length(function) for path in python_files(*PROGRAM) for function in functions(path)]
    assert statistics.median(lengths) <= FUNCTION_LINES["median"], "functions have grown; split the longer ones"
    assert percentile_95(lengths) <= FUNCTION_LINES["95th percentile"], "too many long functions; split them"


def test_no_file_is_too_long() -> None:
    counts = {path: len((ROOT / path).read_text().splitlines()) for path in python_files(*PROGRAM, "tests")}
    problems = [
        f"{path} has {count} lines; split it" for path, count in counts.items() if count > FILE_LINES["longest"]
    ]
    assert not problems, listed(problems)


def test_most_files_are_short() -> None:
    counts = [len((ROOT / path).read_text().splitlines()) for path in python_files(*PROGRAM)]
    assert statistics.median(counts) <= FILE_LINES["median"], "files have grown; split the longer ones"
    assert percentile_95(counts) <= FILE_LINES["95th percentile"], "too many long files; split them"


def test_every_public_name_has_a_docstring() -> None:
    problems = []
    for path in python_files(*PROGRAM):
        classes = [node for node in tree(path).body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
        bodies = [tree(path).body, *(node.body for node in classes)]
        members = [node for body in bodies for node in body if isinstance(node, Function)]
        problems += [
            f"{path}:{node.lineno}: {node.name} needs a docstring"
            for node in (*classes, *members)
            if not node.name.startswith("_") and not ast.get_docstring(node)
        ]
        if not ast.get_docstring(tree(path)) and (ROOT / path).stat().st_size:
            problems.append(f"{path} needs a docstring that says what it is")
    assert not problems, listed(problems)


def test_no_file_is_named_after_nothing_or_after_the_standard_library() -> None:
    modules = {path for path in python_files(*PROGRAM, "tests") if not path.name.startswith("__")}
    vague = [f"{path}: name the file after what is in it" for path in modules if path.name in FORBIDDEN_FILES]
    hidden = [
        f"{path} has the name of a standard-library module; rename it"
        for path in modules
        if path.stem in sys.stdlib_module_names
    ]
    assert not vague + hidden, listed(vague + hidden)


def test_a_class_is_named_after_the_thing_it_is() -> None:
    problems = [
        f"{path}:{node.lineno}: rename the class {node.name} after the thing it is"
        for path in python_files(*PROGRAM, "tests")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and FORBIDDEN_CLASS.search(node.name)
    ]
    assert not problems, listed(problems)


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_imports_point_one_way(folder: str) -> None:
    forbidden = OURS - MAY_IMPORT[folder]
    problems = [
        f"{path} imports {name}; {folder}/ may import {', '.join(sorted(MAY_IMPORT[folder]))} only"
        for path in python_files(folder)
        if len(path.parts) > 1
        for name in imports(path)
        if name.split(".")[0] in forbidden
    ]
    assert not problems, listed(problems)


def test_pulumi_stays_out_of_what_runs_without_it() -> None:
    without = [*python_files("serving", "examples"), Path("infra/settings.py")]
    problems = [
        f"{path} imports {name}; what runs beside the models, and the settings, know nothing of Pulumi"
        for path in without
        if len(path.parts) > 1
        for name in imports(path)
        if name.split(".")[0].startswith("pulumi")
    ]
    assert not problems, listed(problems)


def test_only_the_pack_s_main_file_imports_pulumi_policy() -> None:
    problems = [
        f"{path} imports pulumi_policy; only policies/__main__.py may"
        for path in python_files(*PROGRAM)
        if "pulumi_policy" in {name.split(".")[0] for name in imports(path)} and path != Path("policies/__main__.py")
    ]
    assert not problems, listed(problems)


def test_only_the_stack_config_reads_the_stack_s_configuration() -> None:
    problems = [
        f"{path}:{node.lineno} reads pulumi.Config; only infra/stack_config.py may"
        for path in python_files("infra", "components")
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Attribute) and ast.unparse(node) == "pulumi.Config")
        or (isinstance(node, ast.ImportFrom) and node.module == "pulumi" and "Config" in {a.name for a in node.names})
        if path != Path("infra/stack_config.py")
    ]
    assert not problems, listed(problems)


@pytest.mark.parametrize(
    ("pattern", "advice"),
    [(UNFINISHED, "finish it, or take it out"), (ABSOLUTE, "a path of one machine; make it relative")],
    ids=["nothing is left unfinished", "no path of one machine is written down"],
)
def test_tracked_files_are_fit_to_publish(pattern: re.Pattern[str], advice: str) -> None:
    problems = []
    for path in tracked():
        text = (ROOT / path).read_bytes().decode(errors="replace")
        if "\0" not in text and path.name != "go.sum":
            found = ((number, line) for number, line in enumerate(text.splitlines(), 1) if pattern.search(line))
            problems += [f"{path}:{number}: {advice}: {line.strip()[:100]}" for number, line in found]
    assert not problems, listed(problems)


def test_the_names_of_tests_are_sentences() -> None:
    problems = [
        f"{path}:{function.lineno}: {function.name} says too little; name the behaviour"
        for path in python_files("tests")
        for function in functions(path)
        if function.name.startswith("test_") and function.name.count("_") < 3
    ]
    assert not problems, listed(problems)


def test_no_two_test_files_have_one_name() -> None:
    """Pytest imports test files by their name alone, and whether it finds out depends on the order."""
    names = Counter(path.name for path in tracked() if re.fullmatch(r"test_.*\.py", path.name))
    assert not [name for name, times in names.items() if times > 1]
