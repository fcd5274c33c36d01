"""Experiments and the manner of asking that the tests of `dynkin sample` share; main() reads DYNKIN SHARED_DATA."""
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

DYNKIN, SHARED = "", pathlib.Path()

BUMPS = """
[schedule]
kind = "edm"
sigma_min = 0.01
sigma_max = 40.0
[data]
kind = "mixture"
weights = [0.4, 0.6]
means = [[-1.0], [0.8]]
sds = [[0.3], [0.4]]
[sampler]
name = "dpmpp2m"
steps = 48
[particles]
n = 20000
seed = 1
"""

GUIDED = """
[schedule]
kind = "vp_linear"
beta_min = 0.5
beta_max = 6.0
t_min = 0.05
[data]
kind = "mixture"
weights = [0.5, 0.5]
means = [[-1.0], [1.0]]
sds = [[0.7], [0.7]]
[sampler]
name = "heun"
steps = 80
spacing = "uniform"
[guidance]
beta = 1.5
feynman_kac = true
[[guidance.conditions]]
kind = "mixture"
weights = [0.2, 0.8]
means = [[-0.8], [0.9]]
sds = [[0.5], [0.5]]
[particles]
n = 24000
seed = 3
"""

TOKENS = """
[noise]
kind = "absorbing"
clock = "linear"
from = 0.98
until = 0.02
[data]
kind = "tokens"
tokens = 2
positions = 3
weights = [0.3, 0.02, 0.05, 0.13, 0.2, 0.01, 0.09, 0.2]
[sampler]
name = "tweedie"
steps = 32
[particles]
n = 20000
seed = 4
"""

ROWS = """
[schedule]
kind = "edm"
sigma_min = 0.05
sigma_max = 60.0
[data]
kind = "samples"
file = "rows.csv"
columns = ["a", "b"]
[sampler]
name = "heun"
steps = 24
[particles]
n = 4000
seed = 5
[check]
resolution = 0.4
permutations = 199
"""


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.dir = pathlib.Path(self.scratch.name)

    def tearDown(self):
        self.scratch.cleanup()

    def dynkin(self, *words, stdin=None):
        return subprocess.run([DYNKIN, *map(str, words)], capture_output=True, text=True, input=stdin, cwd=self.dir, timeout=100)

    def sample(self, text, *words, out="out"):
        """The finished process and the verdict, {} when there is none."""
        (self.dir / "exp.toml").write_text(text)
        done = self.dynkin("sample", "exp.toml", "-q", "-o", out, *words)
        verdict = self.dir / out / "verdict.json"
        return done, json.loads(verdict.read_text()) if verdict.exists() else {}

    def judged(self, expected, text, *words, out="out"):
        done, verdict = self.sample(text, *words, out=out)
        self.assertEqual(verdict.get("verdict"), expected, done.stdout[-2500:] + done.stderr)
        self.assertEqual(done.returncode, 1 if expected == "disagree" else 0)
        return verdict

    def refused(self, code, text, *parts, words=()):
        done, _ = self.sample(text, *words)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertFalse((self.dir / "out" / "run.h5").exists(), "nothing may be left under the final name")
        return done

    def rows(self, n=900, seed=1):
        """Two columns with two clusters, on very different scales."""
        draw = random.Random(seed)
        with open(self.dir / "rows.csv", "w") as file:
            file.write("day,a,b\n")
            for i in range(n):
                first = draw.random() < 0.4
                a = draw.gauss(-1, 0.3) if first else draw.gauss(1, 0.6)
                file.write(f"d{i},{a},{300 + 40 * a * a + 20 * draw.gauss(0, 1)}\n")


def main():
    global DYNKIN, SHARED
    try:
        import h5py  # noqa: F401
        import numpy  # noqa: F401
    except ImportError as missing:
        print("skipped:", missing)
        sys.exit(77)
    DYNKIN = str(pathlib.Path(sys.argv.pop(1)).resolve())
    SHARED = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(module="__main__")
