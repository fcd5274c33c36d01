"""Checks every #include against the floors of the house: apps -> models -> solvers, and the arrows inside solvers.

Usage: include_arrows_test.py ROOT    prints every violation as file:line: text; exit code 1 when there is one.
It first checks itself on a small tree in which every rule is broken once.
"""
import re
import sys
import tempfile
from pathlib import Path

BELOW = {  # what a folder of solvers may include besides itself
    "core": [],
    "noise": ["core"],
    "store": ["core"],
    "particle": ["core", "noise"],
    "ode": ["core", "noise"],
    "rates": ["core", "noise"],
    "grid": ["core", "noise", "particle", "ode", "rates"],
    "check": ["core", "noise", "particle", "ode", "rates", "grid"],
    "sampling": ["core", "noise", "particle", "ode", "rates", "grid"],
}
FLOORS = ["solvers", "models", "apps"]  # a floor includes itself and those before it
PRIVATE = [  # third-party headers and the only place that includes them
    (re.compile(r"boost/numeric/odeint(\.hpp|/)"), "solvers/ode"),
    (re.compile(r"hdf5(_hl)?\.h$|H5[A-Z]\w*\.h$"), "solvers/store"),
    (re.compile(r"CLI/|CLI11"), "apps"),
]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LIBRARY = re.compile(r"\bdynkin_library\(\s*(\w+)([^)]*)\)")


def folder_of(root, path):
    """The folder a file is built in: the nearest one upwards with a CMakeLists.txt, else its own."""
    own = folder = path.rsplit("/", 1)[0]
    while "/" in folder and not (root / folder / "CMakeLists.txt").is_file():
        folder = folder.rsplit("/", 1)[0]
    return folder if (root / folder / "CMakeLists.txt").is_file() else own


def is_inside(path, folder):
    return path == folder or path.startswith(folder + "/")


def includes(root):
    """(file, line number, quoted, included path) of every C++ file of the three floors."""
    for floor in FLOORS:
        for file in sorted((root / floor).rglob("*")):
            if file.suffix not in (".hpp", ".cpp", ".h", ".c", ".ipp"):
                continue
            for number, line in enumerate(file.read_text().splitlines(), 1):
                if found := INCLUDE.match(line):
                    yield file.relative_to(root).as_posix(), number, found[1] == '"', found[2]


def libraries(root):
    """Folder -> folders of the libraries its library may use, by DEPENDS, followed to the end."""
    folder, direct = {}, {}
    for floor in FLOORS:
        for file in sorted((root / floor).rglob("CMakeLists.txt")):
            text = re.sub(r"#.*", "", file.read_text())
            for name, arguments in LIBRARY.findall(text):
                folder[name] = file.parent.relative_to(root).as_posix()
                depends = re.search(r"\bDEPENDS\b([^A-Z]*)", arguments)
                direct[name] = depends[1].split() if depends else []
    usable = {}
    for name in direct:
        reached, todo = set(), [name]
        while todo:
            one = todo.pop()
            if one not in reached:
                reached.add(one)
                todo += direct.get(one, [])
        usable[folder[name]] = {folder[one] for one in reached if one in folder}
    return usable


def broken_arrow(source, target):
    """Why a file in folder `source` may not include one in folder `target`, or ''."""
    floor, other = source.split("/")[0], target.split("/")[0]
    if FLOORS.index(other) > FLOORS.index(floor):
        return f"{floor} must not include {other}"
    if floor == other == "solvers":
        room, other_room = source.split("/")[1], target.split("/")[1]
        if room not in BELOW:
            return f"solvers/{room} is not in the list of this test"
        if other_room != room and other_room not in BELOW[room]:
            return f"solvers/{room} must not include solvers/{other_room}"
    return ""


def cycles(edges):
    """Circles among folders, each once, as lists of folders. edges: folder -> {folder: 'file:line'}."""
    found, done = [], set()

    def visit(folder, way):
        if folder in way:
            found.append(way[way.index(folder):])
            return
        if folder in done:
            return
        for target in sorted(edges.get(folder, {})):
            visit(target, way + [folder])
        done.add(folder)

    for folder in sorted(edges):
        visit(folder, [])
    return found


def violations(root):
    problems, edges, usable = [], {}, libraries(root)
    for file, number, quoted, path in includes(root):
        where = f"{file}:{number}: "
        for pattern, home in PRIVATE:
            if pattern.match(path) and not is_inside(file, home):
                problems.append(f"{where}only {home} includes {path}")
        if not any(is_inside(path, floor) for floor in FLOORS):
            if quoted and ((root / file).parent / path).is_file():  # else it is generated or foreign
                problems.append(f'{where}"{path}" does not start at the root')
            continue
        if not (root / path).is_file():
            problems.append(f"{where}there is no {path}")
            continue
        source, target = folder_of(root, file), folder_of(root, path)
        if source == target:
            continue
        edges.setdefault(source, {}).setdefault(target, where[:-2])
        if why := broken_arrow(source, target):
            problems.append(f"{where}{why} ({path})")
        elif source in usable and target not in usable[source]:
            problems.append(f"{where}the library of {source} does not name that of {target} in DEPENDS ({path})")
    for circle in cycles(edges):
        legs = [f"{a} -> {b} ({edges[a][b]})" for a, b in zip(circle, circle[1:] + circle[:1])]
        problems.append("circle: " + ", ".join(legs))
    return problems


def check_itself():
    """A sound tree gives nothing, and each of these lines exactly its own violation."""
    sound = {
        "solvers/core/a.hpp": "#include <vector>\n",
        "solvers/core/CMakeLists.txt": "dynkin_library(core SOURCES a.cpp)\n",
        "solvers/grid/a.hpp": '#include "solvers/core/a.hpp"\n',
        "solvers/grid/CMakeLists.txt": "dynkin_library(grid\n  SOURCES a.cpp\n  DEPENDS core)\n",
        "solvers/ode/a.cpp": "#include <boost/numeric/odeint/stepper/rosenbrock4.hpp>\n",
        "solvers/rates/a.hpp": '#include "solvers/core/a.hpp"\n',
        "solvers/store/a.cpp": "#include <hdf5.h>\n",
        "models/CMakeLists.txt": "dynkin_library(models SOURCES a.cpp DEPENDS grid)\n",
        "models/a.hpp": '#include "solvers/grid/a.hpp"\n',
        "models/sky/CMakeLists.txt": "dynkin_library(sky SOURCES a.cpp DEPENDS models)\n",
        "models/sky/a.hpp": '#include "models/a.hpp"\n',
        "apps/main.cpp": '#include <CLI/CLI.hpp>\n#include "models/a.hpp"\n',
    }
    broken = [
        ("solvers/core/b.hpp", '#include "solvers/grid/a.hpp"', "solvers/core must not include solvers/grid"),
        ("solvers/store/b.hpp", '#include "solvers/grid/a.hpp"', "solvers/store must not include solvers/grid"),
        ("solvers/ode/b.hpp", '#include "solvers/rates/a.hpp"', "solvers/ode must not include solvers/rates"),
        ("solvers/attic/b.hpp", '#include "solvers/core/a.hpp"', "solvers/attic is not in the list"),
        ("solvers/core/b.hpp", '#  include "models/a.hpp"', "solvers must not include models"),
        ("models/b.cpp", '#include "apps/b.hpp"', "models must not include apps"),
        ("models/parts/b.hpp", '#include "models/sky/a.hpp"', "circle: models -> models/sky (models/parts/b.hpp:2)"),
        ("solvers/grid/b.hpp", "#include <boost/numeric/odeint.hpp>", "only solvers/ode includes"),
        ("solvers/core/b.cpp", '#include "hdf5.h"', "only solvers/store includes hdf5.h"),
        ("models/b.cpp", "#include <CLI/App.hpp>", "only apps includes CLI/App.hpp"),
        ("solvers/grid/b.cpp", '#include "a.hpp"', "does not start at the root"),
        ("solvers/core/b.cpp", '#include "solvers/core/gone.hpp"', "there is no solvers/core/gone.hpp"),
        ("solvers/grid/b.cpp", '#include "solvers/rates/a.hpp"', "does not name that of solvers/rates in DEPENDS"),
    ]
    for file, line, expected in [("models/b.cpp", "#include <vector>", None)] + broken:
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            for path, text in {**sound, "apps/b.hpp": "", file: "\n" + line + "\n"}.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
            found = violations(root)
            if expected is None:
                assert not found, found
            else:
                assert any(expected in one for one in found), f"not reported: {line} in {file}; got {found}"
                assert any(f"{file}:2" in one for one in found), f"line number missing: {found}"


def main():
    check_itself()
    found = violations(Path(sys.argv[1]))
    print("\n".join(found) if found else "every include follows the arrows")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
