"""Comparisons of samplers, and what `dynkin sample` says to wrong input. Run with Debian's python3:
sample_messages_test.py DYNKIN SHARED_DATA"""
import json

import sample_cases
from sample_cases import BUMPS, ROWS, TOKENS, CommandLine

try:
    import h5py
    import numpy as np
except ImportError:
    pass  # main() says so


class Comparisons(CommandLine):
    # Figures of independent programs: W1 by quantiles, total variation by propagated laws.
    W1 = {"ddim": (9.7e-2, 5.8e-3), "heun": (1.1e-1, 2.8e-4), "dpm2": (9.7e-2, 1.8e-4), "dpmpp2m": (3.0e-2, 9.4e-5),
          "lms4": (2.9e-2, 3.9e-6)}
    ORDERS = {"ddim": 1.0, "heun": 2.0, "dpm2": 2.0, "dpmpp2m": 1.95, "lms4": 3.7}
    TV = {"euler": (9.5e-2, 2.2e-2, 1.07e-2), "tau_leaping": (1.25e-1, 3.2e-2, 1.56e-2), "tweedie": (7.8e-2, 2.0e-2, 9.9e-3),
          "theta_trapezoidal": (3.2e-2, 4.9e-3, 2.0e-3)}

    def test_errors_of_continuous_samplers(self):
        done = self.dynkin("sample", "--compare", ",".join(self.W1), "--nfe", "16,128,256", "--json", "-o", "table")
        self.assertEqual(done.returncode, 0, done.stderr)
        table = json.loads(done.stdout)
        for row in table["samplers"]:
            first, last = self.W1[row["name"]]
            self.assertAlmostEqual(row["error"][0] / first, 1, delta=0.2, msg=row["name"])
            self.assertAlmostEqual(row["error"][2] / last, 1, delta=0.2, msg=row["name"])
            self.assertAlmostEqual(row["observed_order"][2], self.ORDERS[row["name"]], delta=0.2, msg=row["name"])
        with h5py.File(self.dir / "table/comparison.h5") as file:
            self.assertEqual(file["error"].shape, (5, 3))
            self.assertTrue(np.array_equal(file["error"][0], table["samplers"][0]["error"]))
            self.assertTrue(np.array_equal(file["steps"][1], [8, 64, 128]))

    def test_errors_of_token_samplers(self):
        done = self.dynkin("sample", "--compare", ",".join(self.TV), "--steps", "16,64,128", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        for row in json.loads(done.stdout)["samplers"]:
            for error, figure in zip(row["error"], self.TV[row["name"]]):
                self.assertAlmostEqual(error / figure, 1, delta=0.2, msg=row["name"])

    def test_first_hitting_is_exact(self):
        (self.dir / "exp.toml").write_text(TOKENS)
        done = self.dynkin("sample", "exp.toml", "--compare", "tweedie,first_hitting", "--nfe", "4,16", "--json")
        tweedie, exact = json.loads(done.stdout)["samplers"]
        self.assertLess(max(exact["error"]), 1e-14)
        self.assertGreater(tweedie["error"][1], 1e-3)

    def test_own_laws_noise_and_dimensions(self):
        (self.dir / "exp.toml").write_text(BUMPS)
        done = self.dynkin("sample", "exp.toml", "--compare", "ddpm,heun", "--nfe", "16,64", "--json")
        ddpm, heun = json.loads(done.stdout)["samplers"]
        self.assertGreater(ddpm["floor"], 0)
        self.assertEqual(heun["floor"], 0)
        plane = BUMPS.replace("[[-1.0], [0.8]]", "[[-1.0, 0.0], [0.8, 0.5]]").replace("[[0.3], [0.4]]", "[[0.3, 0.5], [0.4, 0.2]]")
        (self.dir / "exp.toml").write_text(plane)
        done = self.dynkin("sample", "exp.toml", "--compare", "dpmpp2m", "--nfe", "32,64", "--json")
        self.assertAlmostEqual(json.loads(done.stdout)["samplers"][0]["observed_order"][1], 2, delta=0.4)
        done = self.dynkin("sample", "exp.toml", "--compare", "ddpm", "--nfe", "32")
        self.assertEqual(done.returncode, 2)
        self.assertIn("draws noise", done.stderr)

    def test_messages(self):
        for words, part in ((["--compare", "ddmi", "--nfe", "8"], "unknown sampler 'ddmi'; did you mean 'ddim'?"),
                            (["--compare", "euler,tweedy", "--steps", "8"], "did you mean 'tweedie'?"),
                            (["--compare", "ddim"], "--nfe or --steps"), (["--compare", "ddim", "--nfe", "8,4"], "rising"),
                            (["--compare", "heun", "--nfe", "1"], "less than one step of heun"),
                            (["--compare", "probability_flow", "--nfe", "8"], "chooses its own steps"), ([], "no experiment")):
            done = self.dynkin("sample", *words)
            self.assertEqual(done.returncode, 2, done.stdout)
            self.assertIn(part, done.stderr)


class BadInput(CommandLine):
    def test_names(self):
        self.refused(2, BUMPS.replace('"dpmpp2m"', '"dpmp2m"'), "exp.toml:12:8: sampler.name", "did you mean 'dpmpp2m'?")
        self.refused(2, BUMPS.replace('"edm"', '"edn"'), "exp.toml:3:8: schedule.kind", "did you mean 'edm'?")
        self.refused(2, BUMPS.replace("steps", "stepz"), "unknown key 'sampler.stepz'; did you mean 'steps'?")
        self.refused(2, BUMPS.replace("[sampler]", "[smapler]"), "exp.toml:11", "did you mean 'sampler'?")
        self.refused(2, BUMPS + "[guidance]\n", "guidance.beta: missing")
        self.refused(2, TOKENS.replace('"tweedie"', '"tweedy"'), "sampler.name", "did you mean 'tweedie'?")
        self.refused(2, TOKENS.replace('"absorbing"', '"uniform"').replace('"tweedie"', '"first_hitting"'), "is for absorbing noise")
        self.refused(2, BUMPS + "[noise]\nkind = \"uniform\"\n", "schedule")

    def test_options_of_other_samplers(self):
        self.refused(2, BUMPS.replace("steps = 48", "steps = 48\neta = 0.5"), "unknown key 'sampler.eta'")
        self.refused(2, BUMPS.replace("dpmpp2m", "ddim").replace("steps = 48", "steps = 48\neta = 1.5"), "eta = 1.5", "0 <= eta <= 1")

    def test_schedules(self):
        self.refused(2, BUMPS.replace("sigma_min = 0.01", "sigma_min = 50.0"), "exp.toml:4:13: schedule.sigma_min",
                     "expected less than sigma_max = 40")
        self.refused(2, BUMPS.replace("sigma_min = 0.01", "sigma_min = -1.0"), "exp.toml:4:13: schedule.sigma_min", "> 0")
        written = BUMPS.replace('"edm"\nsigma_min = 0.01\nsigma_max = 40.0',
                                '"expression"\nalpha = "1"\nsigma = "t*(1.2 - t)"\nt_min = 0.02\nt_max = 1.0')
        self.refused(2, written, "schedule.kind", "not monotone")
        self.refused(2, written.replace("t*(1.2 - t)", "t*(1.2 - u)"), "exp.toml:5:", "'u'")
        self.refused(2, BUMPS.replace("steps = 48", "times = [40.0, 1.0, 2.0, 0.01]"), "exp.toml:13:9: sampler.times")
        self.refused(2, BUMPS.replace("steps = 48", "steps = 1"), "sampler.steps", ">= 2")

    def test_laws(self):
        self.refused(2, BUMPS.replace("weights = [0.4, 0.6]", "weights = [0.0, 0.0]"), "exp.toml:8:12: data.weights")
        self.refused(2, BUMPS.replace("sds = [[0.3], [0.4]]", "sds = [[0.3], [0.0]]"), "exp.toml:10:", "data.sds")
        self.refused(2, BUMPS.replace("means = [[-1.0], [0.8]]", "means = [[-1.0]]"), "data.means", "2 rows")
        self.refused(2, TOKENS.replace("[0.3, 0.02, 0.05, 0.13, 0.2, 0.01, 0.09, 0.2]", "[0, 0, 0, 0, 0, 0, 0, 0]"), "data.weights")
        self.refused(2, TOKENS.replace("[0.3, 0.02,", "[0.3,"), "data.weights", "8 numbers")
        self.refused(2, TOKENS.replace("tokens = 2\npositions = 3", "tokens = 9\npositions = 9"), "data.positions", "not written out")

    def test_files(self):
        self.refused(5, ROWS, "exp.toml:8:8: data.file: no file 'rows.csv'")
        (self.dir / "rows.csv").write_text("a,b\n")
        self.refused(5, ROWS, "rows.csv")
        (self.dir / "rows.csv").write_text("a,b\n" + "1,2\n" * 9)
        self.refused(2, ROWS, "data.held_out", "9 rows")
        self.rows(200)
        self.refused(2, ROWS.replace('["a", "b"]', '["a", "bb"]'), "exp.toml:9:11: data.columns: unknown column 'bb'; did you mean 'b'?")
        (self.dir / "rows.csv").write_text("a,b\n" + "1,2\n" * 90 + "nan,3\n")
        self.refused(5, ROWS, "rows.csv:92")

    def test_scores_that_are_not_finite(self):
        self.refused(3, BUMPS + '[score]\nvalues = ["score_x + sqrt(x - 1000)"]\n', "expression: the denoiser is", "nan for particle", "sigma = 40")
        self.refused(2, BUMPS + '[score]\nvalues = ["score_y"]\n', "'score_y'", "score_x")

    def test_stop_by_time(self):
        done, _ = self.sample(BUMPS, "-s", "particles.n=2_000_000", "-s", "steps=2000", "--max-wall", "1s")
        self.assertEqual(done.returncode, 4, done.stderr)


if __name__ == "__main__":
    sample_cases.main()
