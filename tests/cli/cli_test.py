"""The command line as a person meets it: messages, exit codes, what is left behind. Run with Debian's python3:
cli_test.py DYNKIN"""
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

DYNKIN = ""

EXPERIMENT = """
[model]
name = "double_well"
parameters = { D = 0.2 }
[initial]
kind = "gaussian"
mean = [-1.0]
sd = [0.1]
[time]
until = 0.5
outputs = 3
[particles]
n = 4000
dt = 0.05
seed = 1
[grid]
lower = [-3.0]
upper = [3.0]
cells = [100]
boundary = [["reflecting", "reflecting"]]
"""


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.dir = pathlib.Path(self.scratch.name)
        self.config = self.dir / "exp.toml"
        self.config.write_text(EXPERIMENT)

    def tearDown(self):
        self.scratch.cleanup()

    def dynkin(self, *words, stdin=None, env=None):
        return subprocess.run([DYNKIN, *map(str, words)], capture_output=True, text=True, input=stdin, cwd=self.dir,
                              timeout=100, env={**os.environ, **(env or {})})

    def refused(self, code, *parts, config=None, words=()):
        """Runs the config (with `config` replaced in the text by pairs) and wants exit `code` and all parts in the message."""
        text = EXPERIMENT
        for old, new in config or []:
            self.assertIn(old, text)
            text = text.replace(old, new)
        self.config.write_text(text)
        done = self.dynkin("run", "exp.toml", "-o", "out", *words)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertFalse((self.dir / "out" / "run.h5").exists(), "nothing may be left under the final name")
        self.assertFalse((self.dir / "out" / "verdict.json").exists())
        return done


class GoodRuns(CommandLine):
    def test_run_leaves_four_files_and_a_verdict(self):
        done = self.dynkin("run", "exp.toml", "-o", "out")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(p.name for p in (self.dir / "out").iterdir()),
                         ["config.toml", "log.txt", "run.h5", "verdict.json"])
        verdict = json.loads((self.dir / "out" / "verdict.json").read_text())
        self.assertEqual(list(verdict)[0], "verdict")
        self.assertIn(verdict["verdict"], ("agree", "undecided"))
        self.assertIn(verdict["line"], done.stdout)

    def test_default_directory_is_named_after_config_and_hash(self):
        self.dynkin("run", "exp.toml", "-q")
        self.dynkin("run", "exp.toml", "-q", "-s", "particles.threads=1")  # changes no number, so no directory
        runs = [p.name for p in (self.dir / "runs").iterdir()]
        self.assertEqual(len(runs), 1)
        self.assertTrue(runs[0].startswith("exp-"))

    def test_resolved_config_runs_again_to_the_same_numbers(self):
        self.dynkin("run", "exp.toml", "-o", "a")
        done = self.dynkin("run", "a/config.toml", "-o", "b")
        self.assertEqual(done.returncode, 0, done.stderr)
        a, b = ((self.dir / d / "verdict.json").read_text() for d in "ab")
        self.assertEqual(a, b)
        a, b = ((self.dir / d / "config.toml").read_text().replace("  # default", "") for d in "ab")
        self.assertEqual(a, b)

    def test_threads_change_no_digit(self):
        self.dynkin("run", "exp.toml", "-o", "a", "--threads", 1)
        self.dynkin("run", "exp.toml", "-o", "b", "--threads", 3)
        self.assertEqual((self.dir / "a/verdict.json").read_text(), (self.dir / "b/verdict.json").read_text())

    def test_antithetic_pairs_in_single_precision_agree_with_smaller_errors(self):
        import h5py
        errors = {}
        for name, words in (("plain", ()), ("pairs", ("-s", "particles.antithetic=true", "-s", "particles.normals=single",
                                                      "-s", "grid.method=backward_euler", "-s", "grid.tolerance=1e-3"))):
            done = self.dynkin("run", "exp.toml", "-o", name, *words)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            with h5py.File(self.dir / name / "run.h5") as run:
                names = [text.decode() for text in run["test_function"]]
                errors[name] = run["moments_particles_stderr"][-1, names.index("x")]
        # The law stays in one well, where the path is nearly linear in the noise.
        self.assertLess(errors["pairs"], 0.7 * errors["plain"])
        self.refused(2, "particles.n: antithetic pairs need an even number, not 4001",
                     config=[("n = 4000", "n = 4001\nantithetic = true")])
        self.refused(2, "expected one of 'double', 'single'", config=[("n = 4000", "n = 4000\nnormals = 'float'")])
        self.refused(2, "particles.scheme: antithetic pairs need Brownian increments",
                     config=[("n = 4000", "n = 4000\nantithetic = true\nscheme = 'exact'"),
                             ("double_well", "ornstein_uhlenbeck"), ("{ D = 0.2 }", "{ sigma = 0.2 }")])

    def test_a_trivial_run_starts_at_once(self):
        self.config.write_text(EXPERIMENT.split("[grid]")[0].replace("n = 4000", "n = 100"))
        seconds = []
        for _ in range(5):  # processor time of the run: waiting for a busy machine or disk is not ours
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.assertEqual(self.dynkin("run", "exp.toml", "-q", "-o", "out").returncode, 0)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        sanitized = os.environ.get("DYNKIN_SANITIZED")
        self.assertLess(min(seconds), 1.0 if sanitized else 0.1)

    def test_standard_input_json_and_overrides(self):
        done = self.dynkin("run", "-", "--json", "-o", "out", "-s", "D=0.3", "-s", "particles.n=5000", stdin=EXPERIMENT)
        self.assertEqual(done.returncode, 0, done.stderr)
        answer = json.loads(done.stdout)
        self.assertIn("verdict", answer)
        self.assertIn("D = 0.3", (self.dir / "out" / "config.toml").read_text())

    def test_dry_run_writes_nothing(self):
        done = self.dynkin("run", "exp.toml", "--dry-run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([p.name for p in self.dir.iterdir()], ["exp.toml"])

    def test_one_output_is_judged_by_every_check(self):
        done = self.dynkin("run", "exp.toml", "-o", "out", "--json", "-s", "outputs=1")
        checks = {test["check"] for test in json.loads(done.stdout)["statistics"]}
        self.assertEqual(checks, {"pairing", "dynkin_particles", "weak_residual_grid"})

    def test_exact_transitions_of_any_length_are_audited_with_finer_steps(self):
        # With the run's own two steps the time integral of Dynkin's formula is far off, and right particles would "disagree".
        text = EXPERIMENT.replace('name = "double_well"\nparameters = { D = 0.2 }', 'name = "benes"')
        text = text.replace("until = 0.5", "until = 1.0").replace("dt = 0.05", 'dt = 0.5\nscheme = "exact"')
        text = text.replace("n = 4000", "n = 100000").replace("[-3.0]", "[-8.0]").replace("[3.0]", "[8.0]")
        self.config.write_text(text.replace("cells = [100]", "cells = [400]"))
        done = self.dynkin("run", "exp.toml", "-o", "out")
        self.assertEqual(done.returncode, 0, done.stdout[-3000:])

    def test_a_grid_that_ends_within_the_law_is_told(self):
        done = self.dynkin("run", "exp.toml", "-o", "out", "-s", "lower=[-1.5]", "-s", 'boundary=[["open", "open"]]')
        self.assertIn("the grid ends within the law", done.stdout)
        self.assertIn("lower end of x", done.stdout)
        done = self.dynkin("run", "exp.toml", "-o", "out", "-s", 'boundary=[["open", "open"]]')
        self.assertNotIn("the grid ends within the law", done.stdout)

    def test_init_output_runs(self):
        self.assertEqual(self.dynkin("init", "new.toml").returncode, 0)
        self.assertEqual(self.dynkin("init", "new.toml").returncode, 5)  # does not overwrite
        self.assertEqual(self.dynkin("validate", "new.toml").returncode, 0)
        done = self.dynkin("run", "new.toml", "-s", "particles.n=5000", "-s", "cells=[100]", "-o", "out")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_every_model_has_a_start(self):
        for model in json.loads(self.dynkin("models", "--json").stdout):
            done = self.dynkin("init", "-", "--model", model["name"])
            self.assertEqual(done.returncode, 0, model["name"] + done.stderr)
            (self.dir / "m.toml").write_text(done.stdout)
            done = self.dynkin("validate", "m.toml")
            self.assertEqual(done.returncode, 0, model["name"] + done.stderr)

    def test_lists(self):
        self.assertIn("double_well", self.dynkin("models").stdout)
        self.assertIn("D = 0.2", self.dynkin("models", "double_well").stdout)
        self.assertIn("euler_maruyama", self.dynkin("schemes").stdout)
        self.assertIn("did you mean 'sra1'", self.dynkin("schemes", "sra2").stderr)
        self.assertEqual(self.dynkin("models", "nothing_like_it").returncode, 2)

    def test_info_shows_what_a_run_holds(self):
        self.dynkin("run", "exp.toml", "-o", "out")
        done = self.dynkin("info", "out")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("density(time 3, x 100)", done.stdout)
        self.assertEqual(self.dynkin("info", "exp.toml").returncode, 5)
        self.assertEqual(self.dynkin("info", "absent.h5").returncode, 5)

    def test_truncated_run_file_is_told(self):
        self.dynkin("run", "exp.toml", "-o", "out")
        run = self.dir / "out" / "run.h5"
        run.write_bytes(run.read_bytes()[:3000])
        done = self.dynkin("info", "out")
        self.assertEqual(done.returncode, 5)
        self.assertIn("run.h5", done.stderr)

    def test_stop_by_time_and_by_signal(self):
        slow = ("-s", "particles.n=2000000000", "-s", "dt=0.0001", "-o", "out")
        done = self.dynkin("run", "exp.toml", "--max-wall", "1s", *slow)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertTrue((self.dir / "out" / "run.h5.partial").exists(), "what was written stays readable")
        process = subprocess.Popen([DYNKIN, "run", "exp.toml", *slow], cwd=self.dir, stderr=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 4)


class BadInput(CommandLine):
    def test_unknown_key_names_the_nearest(self):
        self.refused(2, "exp.toml:4:16: unknown key 'model.parameters.DD'", "did you mean 'D'?",
                     config=[("D = 0.2", "DD = 0.2")])
        self.refused(2, "unknown key 'particles.sed'", "did you mean 'seed'?", config=[("seed = 1", "sed = 1")])

    def test_missing_key(self):
        self.refused(2, "time.until: missing", config=[("until = 0.5\n", "")])
        self.refused(2, "initial.sd: missing", config=[("sd = [0.1]\n", "")])

    def test_wrong_type_size_and_range(self):
        self.refused(2, "exp.toml:13:5: particles.n", config=[("n = 4000", 'n = "many"')])
        self.refused(2, "initial.mean", config=[("mean = [-1.0]", "mean = [-1.0, 2.0]")])
        self.refused(2, "exp.toml:8:7: initial.sd", config=[("sd = [0.1]", "sd = [-0.1]")])
        self.refused(2, "D", "> 0", config=[("D = 0.2", "D = -0.2")])
        self.refused(2, "D", config=[("D = 0.2", "D = nan")])
        self.refused(2, "particles.n", config=[("n = 4000", "n = 0")])
        self.refused(2, "grid.upper", config=[("upper = [3.0]", "upper = [-4.0]")])

    def test_unknown_names(self):
        self.refused(2, "did you mean 'double_well'?", config=[("double_well", "Double_Well")])
        self.refused(2, "unknown model 'duble_well'", "did you mean 'double_well'?", config=[("double_well", "duble_well")])
        self.refused(2, "unknown scheme 'euler_maruyam'", "did you mean 'euler_maruyama'?",
                     config=[("dt = 0.05", 'dt = 0.05\nscheme = "euler_maruyam"')])
        self.refused(2, "initial.kind", "did you mean 'gaussian'?", config=[('"gaussian"', '"gausian"')])
        self.refused(2, "unknown boundary 'reflectng'", "did you mean 'reflecting'?", config=[('"reflecting", "refl', '"reflectng", "refl')])

    def test_scheme_that_cannot_integrate_the_noise_is_refused_by_name(self):
        self.refused(2, "sra1", "geometric_brownian", "schemes that can",
                     config=[('name = "double_well"', 'name = "geometric_brownian"'), ("parameters = { D = 0.2 }", ""),
                             ("dt = 0.05", 'dt = 0.05\nscheme = "sra1"'), ("lower = [-3.0]", "lower = [0.0]"),
                             ("mean = [-1.0]", "mean = [1.0]")])

    def test_expressions(self):
        written = 'variables = ["x"]\ndrift = ["x - x^3"]\nsigma = [["sqrt(2*D)"]]'
        base = ('name = "double_well"', written)
        self.refused(2, "exp.toml:4:", "expected", config=[base, ('"x - x^3"', '"x - x^"')])
        self.refused(2, "exp.toml:4:15", "unknown", "'y'", config=[base, ('"x - x^3"', '"x - y^3"')])
        self.refused(2, "exp.toml:5:", "sqrt", config=[base, ("sqrt(2*D)", "sqr(2*D)")])
        self.refused(2, "model.drift", config=[base, ('drift = ["x - x^3"]', 'drift = ["x", "x"]')])

    def test_times(self):
        self.refused(2, "time.outputs", "before the start", config=[("outputs = 3", "outputs = [-0.1, 0.5]")])
        self.refused(2, "time.outputs", "after the end", config=[("outputs = 3", "outputs = [0.1, 0.7]")])
        self.refused(2, "time.until", config=[("until = 0.5", "until = -0.5")])

    def test_grid_that_does_not_hold_the_initial_law(self):
        self.refused(2, "outside", config=[("mean = [-1.0]", "mean = [-3.0]")])

    def test_override_that_fits_nothing(self):
        self.refused(2, "-s no_such_key=1", words=("-s", "no_such_key=1"))
        self.refused(2, "-s", words=("-s", "no_equals_sign"))

    def test_no_toml(self):
        self.refused(2, "exp.toml:3:", config=[('name = "double_well"', "name = double well")])

    def test_usage(self):
        done = self.dynkin("rnu", "exp.toml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("unknown command 'rnu'; did you mean 'run'?", done.stderr)
        self.assertEqual(self.dynkin().returncode, 2)
        self.assertEqual(self.dynkin("run", "exp.toml", "--max-wall", "soon").returncode, 2)

    def test_absent_files(self):
        self.assertEqual(self.dynkin("run", "absent.toml").returncode, 5)
        self.refused(5, "no file 'data.csv'", config=[('kind = "gaussian"\nmean = [-1.0]\nsd = [0.1]',
                                                      'kind = "samples"\nfile = "data.csv"')])

    def test_json_error_is_an_object(self):
        self.config.write_text(EXPERIMENT.replace("double_well", "duble_well"))
        done = self.dynkin("run", "exp.toml", "--json")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(json.loads(done.stdout)["kind"], "config")


class Failures(CommandLine):
    def test_non_finite_particle(self):
        text = EXPERIMENT.replace("dt = 0.05", 'dt = 0.25\nscheme = "euler_maruyama"').replace("sd = [0.1]", "sd = [2.0]")
        text = text.replace("until = 0.5", "until = 50.0")
        text = text[:text.index("[grid]")]
        self.config.write_text(text)
        done = self.dynkin("run", "exp.toml", "-o", "out")
        self.assertEqual(done.returncode, 3, done.stderr)
        for part in ("double_well with euler_maruyama", "non-finite", "t = "):
            self.assertIn(part, done.stderr)
        self.assertFalse((self.dir / "out" / "run.h5").exists())

    def test_directory_that_cannot_be_written(self):
        (self.dir / "file").write_text("in the way")
        done = self.dynkin("run", "exp.toml", "-o", "file/out")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("file/out", done.stderr)

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_full_disk_on_standard_output(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([DYNKIN, "models"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 5, done.stderr)

    def test_file_size_limit_stands_for_a_full_disk(self):
        words = " ".join([DYNKIN, "run", "exp.toml", "-o", "out", "-s", "cells=[20000]", "-s", "outputs=40", "-s", "grid.tolerance=1e-3"])
        done = subprocess.run(["bash", "-c", "trap '' XFSZ; ulimit -f 1000; exec " + words], capture_output=True, text=True,
                              cwd=self.dir, timeout=100)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("run.h5", done.stderr)
        self.assertFalse((self.dir / "out" / "run.h5").exists())

    def test_older_run_survives_a_failed_one(self):
        self.assertEqual(self.dynkin("run", "exp.toml", "-o", "out").returncode, 0)
        before = (self.dir / "out" / "run.h5").read_bytes()
        self.dynkin("run", "exp.toml", "-o", "out", "-s", "scheme=euler_maruyama", "-s", "dt=10", "-s", "until=2000", "-s", "sd=[30]",
                    "-s", "lower=[-200]", "-s", "upper=[200]")
        self.assertEqual((self.dir / "out" / "run.h5").read_bytes(), before)


if __name__ == "__main__":
    DYNKIN = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
