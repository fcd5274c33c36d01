"""Runs what the documentation shows.

docs_test.py [--update] [--bin DIRECTORY] DYNKIN ROOT [PAGE...]      DIRECTORY holds the compiled examples

Pages are README.md, CONTRIBUTING.md and docs/*.md. Each is walked from top to bottom in a scratch directory that holds
data/, docs/, scripts/ and tests/ of the project and runs/demo, a run of data/experiments/double_well.toml:

  ```toml            a whole experiment (with [model]), or sections that replace those of a small one: must validate
  ```toml 2d         the same, in two variables x and y
  ```toml sample     the same, for `dynkin sample`
  ```sh              every command runs, and exits with 0 or as `# exit N` at its end says; `sh untested` is left alone
  ```python          runs
  <!-- output: COMMAND --> ... <!-- end -->
                     what the command prints stands between the marks: word for word outside a fence, inside one numbers
                     may differ by 5 % (rounding differs between processors); --update writes it anew

Links of all pages to files and headings of the project must lead somewhere.
"""
import argparse
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

NUMBER = re.compile(r"[-+]?\d+\.?\d*(?:e[-+]?\d+)?")
BLOCK = re.compile(r"<!-- output: (?P<command>.+?) -->\n(?P<shown>.*?)<!-- end -->"
                   r"|^```(?P<info>[^\n]*)\n(?P<code>.*?)^```$", re.S | re.M)

SMALL = {
    "1d": """[model]
name = "double_well"
[initial]
kind = "gaussian"
mean = [-1.0]
sd = [0.1]
[time]
until = 0.1
[particles]
n = 1000
[grid]
lower = [-3.0]
upper = [3.0]
cells = [60]
""",
    "2d": """[model]
name = "maier_stein"
[initial]
kind = "gaussian"
mean = [-1.0, 0.0]
sd = [0.2, 0.2]
[time]
until = 0.1
[particles]
n = 1000
[grid]
lower = [-2.5, -2.0]
upper = [2.5, 2.0]
cells = [20, 20]
""",
    "sample": """[schedule]
kind = "edm"
[data]
kind = "mixture"
weights = [0.4, 0.6]
means = [[-1.0], [0.8]]
sds = [[0.3], [0.4]]
[sampler]
name = "heun"
[particles]
n = 1000
""",
    "tokens": """[noise]
kind = "uniform"
[data]
kind = "tokens"
tokens = 2
positions = 2
weights = [0.1, 0.2, 0.3, 0.4]
[sampler]
name = "tweedie"
""",
}


def sections(text):
    """[(name of the top-level section or "", its lines)], in order; [a.b] and [[a]] belong to a."""
    parts = [("", "")]
    for line in text.splitlines(keepends=True):
        header = re.match(r"\s*\[+\s*([A-Za-z_]+)", line)
        if header and header[1] != parts[-1][0]:
            parts.append((header[1], ""))
        parts[-1] = (parts[-1][0], parts[-1][1] + line)
    return parts


def completed(fragment, kind):
    """The fragment, with the sections it lacks taken from a small experiment. [domain] takes the place of [grid]."""
    for whole in (("model", "time"), ("data", "sampler")):
        if all(re.search(rf"^\[{name}\]", fragment, re.M) for name in whole):
            return fragment
    given = sections(fragment)
    names = {name for name, _ in given} | ({"grid"} if any(name == "domain" for name, _ in given) else set())
    return "".join(t for _, t in given) + "\n" + "".join(t for name, t in sections(SMALL[kind]) if name not in names)


def same_text(shown, printed, fenced):
    """Word for word; in a fence numbers may differ by 5 %, and rounding errors by anything."""
    if not fenced:
        return shown.strip() == printed.strip()
    if NUMBER.sub("0", re.sub(r"\s+", " ", shown)).strip() != NUMBER.sub("0", re.sub(r"\s+", " ", printed)).strip():
        return False
    for a, b in zip(NUMBER.findall(shown), NUMBER.findall(printed)):
        if abs(float(a) - float(b)) > 0.05 * max(abs(float(a)), abs(float(b))) + 1e-9:
            return False
    return True


class Page:
    def __init__(self, path, root, scratch, environment):
        self.path, self.root, self.scratch, self.environment = path, root, scratch, environment

    def shell(self, command, code=0):
        done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=self.scratch, env=self.environment, text=True,
                              capture_output=True, timeout=120)
        assert done.returncode == code, f"{self.path}: '{command}' exits with {done.returncode}, not {code}:\n{done.stderr}"
        return done.stdout

    def commands(self, code):
        for line in re.sub(r"\\\n", " ", code).splitlines():
            if line.strip() and not line.startswith("#"):
                exit_code = re.search(r"#\s*exit (\d+)\s*$", line)
                self.shell(line, int(exit_code[1]) if exit_code else 0)

    def experiment(self, code, kind):
        config = completed(code, kind)
        done = subprocess.run(["dynkin", "validate", "-"], input=config, cwd=self.scratch, env=self.environment, text=True,
                              capture_output=True, timeout=60)
        assert done.returncode == 0, f"{self.path}:\n{code}\n{done.stderr}"

    def output(self, command, shown):
        printed = self.shell(command)
        fence = re.match(r"```[^\n]*\n", shown)
        inside = shown[fence.end():shown.rindex("```")] if fence else shown
        exact = not fence or command.startswith("cat ")
        if same_text(inside, printed, not exact) and not UPDATE:
            return shown
        assert UPDATE, f"{self.path}: the output of '{command}' has changed; docs_test.py --update writes it anew:\n{printed}"
        return (fence[0] + printed.rstrip("\n") + "\n```\n") if fence else printed.rstrip("\n") + "\n"

    def walk(self):
        text = self.path.read_text(encoding="utf-8")

        def visit(block):
            if block["command"]:
                return f"<!-- output: {block['command']} -->\n{self.output(block['command'], block['shown'])}<!-- end -->"
            info = block["info"].split()
            if info[:1] == ["toml"]:
                self.experiment(block["code"], info[1] if len(info) > 1 else "1d")
            elif info == ["sh"]:
                self.commands(block["code"])
            elif info == ["python"]:
                script = pathlib.Path(self.scratch, "block.py")
                script.write_text(block["code"], encoding="utf-8")
                self.shell("python3 block.py")
            return block[0]

        new = BLOCK.sub(visit, text)
        if new != text:
            self.path.write_text(new, encoding="utf-8")


class Documentation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        base = pathlib.Path(cls.temporary.name)
        (base / "bin").mkdir()
        (base / "bin" / "dynkin").symlink_to(DYNKIN)
        (base / "bin" / "python3").symlink_to("/usr/bin/python3")
        cls.environment = {**os.environ, "PATH": f"{base / 'bin'}:{BIN}:{os.environ['PATH']}"}
        subprocess.run([DYNKIN, "run", ROOT / "data/experiments/double_well.toml", "-q", "-o", base / "demo",
                        "-s", "output.histogram=true", "-s", "particles.n=20000"], check=True, stdout=subprocess.DEVNULL)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def walk(self, page):
        scratch = pathlib.Path(tempfile.mkdtemp(dir=self.temporary.name))
        for folder in ("data", "docs", "scripts", "tests"):
            (scratch / folder).symlink_to(ROOT / folder)
        shutil.copytree(pathlib.Path(self.temporary.name, "demo"), scratch / "runs" / "demo")
        Page(page, ROOT, scratch, self.environment).walk()

    def test_links_lead_somewhere(self):
        for page in pages() + sorted((ROOT / "benchmarks").glob("*.md")):
            text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
            for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset|href)="([^"]+)"', text):
                if re.match(r"[a-z]+:", target):
                    continue
                name, _, heading = target.partition("#")
                file = (page.parent / name) if name else page
                self.assertTrue(file.exists(), f"{page}: no {target}")
                if heading:
                    self.assertIn(heading, headings(file), f"{page}: no {target}")

    def draws(self, *words):
        picture = pathlib.Path(self.temporary.name, "picture.svg")
        done = subprocess.run(["/usr/bin/python3", *map(str, words), picture], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(xml.etree.ElementTree.parse(picture).getroot().tag.endswith("svg"))

    def test_pictures_can_be_drawn_again(self):
        self.draws(ROOT / "docs/images/idea.py", DYNKIN)
        if importlib.util.find_spec("matplotlib"):
            self.draws(ROOT / "docs/examples/plot_density.py", pathlib.Path(self.temporary.name, "demo/run.h5"))

    def known_keys(self, kind, section, **replacing):
        """What the reader accepts in a section, from its message about a key that nobody knows."""
        config = SMALL[kind]
        for old, new in replacing.values():
            self.assertIn(old, config)
            config = config.replace(old, new)
        config = (config.replace(f"[{section}]\n", f"[{section}]\nno_such_key = 1\n") if f"[{section}]" in config else
                  f"{config}[{section}]\nno_such_key = 1\n")
        done = subprocess.run([DYNKIN, "validate", "-"], input=config, capture_output=True, text=True)
        found = re.search(r"unknown key '\S+no_such_key'.*known: (.+)", done.stderr)
        self.assertTrue(found, done.stderr)
        return found[1].split(", ")

    def test_every_key_is_in_the_page(self):
        page = (ROOT / "docs/config.md").read_text(encoding="utf-8")
        told = set(re.findall(r"`([a-z_]+)`", page))
        flow = ('name = "maier_stein"', 'name = "rotation"')
        graded = ("cells = [60]\n", "cells = [60]\n[grid.grading]\nratio = [2.0]\n")
        written = ('name = "double_well"', 'variables = ["x"]\ndrift = ["-x"]\nsigma = [["1"]]')
        cases = [("1d", s, {}) for s in ("initial", "time", "particles", "grid", "functionals", "check", "output")]
        cases += [("2d", "particles", {"flow": flow}), ("2d", "output", {"flow": flow}), ("1d", "model", {"written": written}),
                  ("1d", "grid.grading", {"graded": graded})]
        for kind, section, replacing in cases:
            for key in self.known_keys(kind, section, **replacing):
                if key not in ("grading", "first_passage"):  # sections of their own
                    self.assertIn(key, told, f"[{section}] takes {key}; docs/config.md does not say so")

    def test_every_key_of_a_sampling_experiment_is_in_its_page(self):
        told = set(re.findall(r"`([a-z_]+)`", (ROOT / "docs/sampling.md").read_text(encoding="utf-8")))
        told |= set(re.findall(r"`([a-z_]+)`", (ROOT / "docs/config.md").read_text(encoding="utf-8")))
        names = re.findall(r"\| `([a-z_0-9]+)` [^|]*\| (?:numbers|tokens)", (ROOT / "docs/sampling.md").read_text(encoding="utf-8"))
        self.assertEqual(len(names), 18)
        for kind, section in [(k, s) for k in ("sample", "tokens") for s in ("data", "sampler", "particles", "check", "output")]:
            for name in names if section == "sampler" else [""]:
                old = "heun" if kind == "sample" else "tweedie"
                if section == "sampler" and (name in ("euler", "tau_leaping", "tweedie", "theta_trapezoidal", "uniformisation",
                                                      "low_confidence", "first_hitting")) != (kind == "tokens"):
                    continue
                replacing = {"name": (f'"{old}"', f'"{name}"')} if name not in ("", "first_hitting", "low_confidence") else {}
                for key in self.known_keys(kind, section, **replacing):
                    self.assertIn(key, told, f"[{section}] takes {key}; no page says so")

    def test_a_wrong_page_is_found_out(self):
        """The judge itself: each of these must fail."""
        for wrong in ("```toml\n[model]\nname = \"duble_well\"\n```\n", "```toml\n[particles]\nn = 1000\nsed = 1\n```\n",
                      "```sh\ndynkin nothing\n```\n", "```sh\ndynkin models # exit 2\n```\n",
                      "```python\nimport h5py\nh5py.File('runs/demo/run.h5')['no_such']\n```\n",
                      "<!-- output: dynkin schemes sra1 -->\n```text\nsra1\n```\n<!-- end -->\n",
                      "<!-- output: echo 'order 2' -->\norder 2.01\n<!-- end -->\n",
                      "<!-- output: echo 'order 2' -->\n```text\norder 2.2\n```\n<!-- end -->\n"):
            page = pathlib.Path(self.temporary.name, "wrong.md")
            page.write_text(wrong)
            global UPDATE
            before, UPDATE = UPDATE, False
            try:
                with self.assertRaises(AssertionError, msg=wrong):
                    self.walk(page)
            finally:
                UPDATE = before


def headings(file):
    """Anchors as GitHub makes them."""
    return [re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower()).replace(" ", "-")
            for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("#")]


def pages():
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def add_page(page):
    setattr(Documentation, "test_" + page.stem, lambda self: self.walk(page))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--bin", default="")
    parser.add_argument("dynkin", type=pathlib.Path)
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("pages", type=pathlib.Path, nargs="*")
    options = parser.parse_intermixed_args()
    UPDATE, BIN = options.update, pathlib.Path(options.bin).resolve()
    DYNKIN, ROOT = options.dynkin.resolve(), options.root.resolve()
    try:
        import h5py  # noqa: F401
        import xarray  # noqa: F401
    except ImportError as missing:
        print("skipped:", missing)
        sys.exit(77)
    chosen = [page.resolve() for page in options.pages]
    for one in pages():
        if one.exists() and (not chosen or one in chosen):
            add_page(one)
    unittest.main(argv=sys.argv[:1])
