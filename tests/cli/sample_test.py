"""`dynkin sample` as a person meets it: files, verdicts, and mutants that must be found out. Run with Debian's python3:
sample_test.py DYNKIN SHARED_DATA"""
import json

import sample_cases
from sample_cases import BUMPS, GUIDED, ROWS, TOKENS, CommandLine

try:
    import h5py
    import numpy as np
except ImportError:
    pass  # main() says so


class Continuous(CommandLine):
    def test_a_run_leaves_four_files_and_its_samples(self):
        verdict = self.judged("agree", BUMPS)
        self.assertEqual(sorted(p.name for p in (self.dir / "out").iterdir()), ["config.toml", "log.txt", "run.h5", "verdict.json"])
        with h5py.File(self.dir / "out/run.h5") as run:
            x = run["particles"][:, 0]
            self.assertEqual(len(x), 20000)
            self.assertAlmostEqual(x.mean(), run["moments_particles"][0], delta=1e-12)
            self.assertAlmostEqual(x.mean(), 0.08, delta=4 * x.std() / 20000**0.5)
            self.assertIn("agree", run.attrs["verdict"].decode() if isinstance(run.attrs["verdict"], bytes) else run.attrs["verdict"])
        self.assertEqual({t["check"] for t in verdict["statistics"]}, {"exact_law"})

    def test_the_resolved_config_gives_the_same_numbers(self):
        self.judged("agree", BUMPS, out="a")
        done = self.dynkin("sample", "a/config.toml", "-q", "-o", "b", "--threads", 2)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.dir / "a/verdict.json").read_text(), (self.dir / "b/verdict.json").read_text())
        with h5py.File(self.dir / "a/run.h5") as a, h5py.File(self.dir / "b/run.h5") as b:
            self.assertTrue(np.array_equal(a["particles"][:], b["particles"][:]))

    def test_every_sampler_agrees_and_half_a_score_never_does(self):
        names = [s["name"] for s in json.loads(self.dynkin("samplers", "--json").stdout) if s["kind"].startswith("numbers")]
        self.assertEqual(len(names), 11)
        for name in names:
            text = BUMPS.replace('"dpmpp2m"\nsteps = 48', f'"{name}"\nmodel_calls = 200').replace("n = 20000", "n = 4000")
            done, verdict = self.sample(text)
            self.assertIn(verdict.get("verdict"), ("agree", "undecided"), name + done.stdout + done.stderr)
            if name in ("heun", "dpmpp2m", "unipc", "lms4", "dpm2", "probability_flow"):
                self.assertEqual(verdict["verdict"], "agree", name)
            self.judged("disagree", text + '[score]\nvalues = ["0.5 * score_x"]\n', out="mutant")

    def test_too_few_steps_are_no_agreement(self):
        _, verdict = self.sample(BUMPS, "-s", "steps=4")
        self.assertNotEqual(verdict["verdict"], "agree")

    def test_forward_noise_of_every_schedule(self):
        for kind, more in (("vp_linear", ""), ("vp_cosine", ""), ("sub_vp", ""), ("ve", ""), ("flow_matching", ""),
                           ("expression", 'alpha = "cos(pi/2*t)"\nsigma = "sin(pi/2*t)"\nt_min = 0.02\nt_max = 0.98\n')):
            text = BUMPS.replace('kind = "edm"\nsigma_min = 0.01\nsigma_max = 40.0', f'kind = "{kind}"\n{more}')
            text = text.replace('"dpmpp2m"\nsteps = 48', '"heun"\nsteps = 80\nspacing = "log_snr"')
            with self.subTest(kind):
                self.judged("agree", text)

    def test_samples_may_be_denoised_and_stay_away(self):
        self.judged("agree", BUMPS, "-s", "sampler.denoise=true", out="clean")
        self.judged("agree", BUMPS, out="noisy")
        with h5py.File(self.dir / "clean/run.h5") as clean, h5py.File(self.dir / "noisy/run.h5") as noisy:
            gap = np.abs(clean["particles"][:] - noisy["particles"][:])
            # E[X_0 | X] - X = sigma^2 score, and scores of bumps of sd 0.3 are below about 4 / 0.3.
            self.assertTrue(0 < gap.max() < 0.01**2 * 4 / 0.3)
        self.judged("agree", BUMPS, "-s", "output.particles=false", out="none")
        with h5py.File(self.dir / "none/run.h5") as run:
            self.assertNotIn("particles", run)

    def test_covariances_and_likelihoods(self):
        text = BUMPS.replace("means = [[-1.0], [0.8]]\nsds = [[0.3], [0.4]]",
                             "means = [[-1.0, 0.2], [0.8, 0.0]]\ncovariances = [[0.3, 0.2, 0.2, 0.3], [0.5, -0.1, -0.1, 0.2]]")
        self.refused(2, text.replace("0.2, 0.2, 0.3]", "0.4, 0.4, 0.3]"), "data.covariances", "eigenvalue")
        self.judged("agree", text)
        flow = text.replace("dpmpp2m", "probability_flow").replace("n = 20000", "n = 2000")
        checks = {t["check"] for t in self.judged("agree", flow, "-s", "check.resolution=0.2")["statistics"]}
        self.assertEqual(checks, {"exact_law", "log_likelihood"})
        # 2000 samples do not see a score that is 2 % off; the density along the flow does.
        verdict = self.judged("disagree", flow + '[score]\nvalues = ["1.02 * score_x", "1.02 * score_y"]\n', out="mutant")
        self.assertIn("log_likelihood", verdict["line"])

    def test_tied_embeddings_give_back_their_tokens(self):
        text = BUMPS.replace(BUMPS[BUMPS.index("[data]"):BUMPS.index("[sampler]")], """[data]
kind = "embedding"
embeddings = [[1.0, 0.0], [-1.0, 0.2], [0.0, 1.3], [0.4, -1.1], [1.2, 1.2]]
prior = [0.4, 0.1, 0.2, 0.25, 0.05]
""").replace("sigma_min = 0.01", "sigma_min = 0.05").replace("dpmpp2m", "heun")
        self.refused(2, text.replace("[0.4, 0.1, 0.2, 0.25, 0.05]", "[0, 0, 0, 0, 0]"), "data.prior", "all weights are zero")
        self.judged("agree", text)
        with h5py.File(self.dir / "out/run.h5") as run:
            self.assertLess(abs(run["moments_particles"][:] - [0.4, 0.1, 0.2, 0.25, 0.05]).sum() / 2, 0.015)
        self.judged("disagree", text + '[score]\nvalues = ["0.8 * score_x", "0.8 * score_y"]\n', out="mutant")

    def test_a_density_goes_by_the_grid(self):
        text = BUMPS.replace(BUMPS[BUMPS.index("[schedule]"):BUMPS.index("[sampler]")], """[schedule]
kind = "vp_linear"
beta_min = 0.5
beta_max = 12.0
t_min = 0.01
[data]
kind = "density"
density = "exp(-2*(x^2 - 1)^2 + x)"
lower = [-6.0]
upper = [6.0]
cells = [300]
""").replace('"dpmpp2m"', '"heun"')
        self.judged("agree", text)
        self.judged("disagree", text + '[score]\nvalues = ["1.5 * score_x"]\n', out="mutant")
        for file in (self.dir / "out").iterdir():
            file.unlink()
        self.refused(2, text.replace("[-6.0]", "[-2.0]").replace("[6.0]", "[2.0]"), "data.lower", "move lower and upper outwards")

    def test_dry_run_and_validate(self):
        (self.dir / "exp.toml").write_text(BUMPS)
        done = self.dynkin("sample", "exp.toml", "--dry-run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("20000 particles (1-D) with dpmpp2m", done.stdout)
        self.assertEqual([p.name for p in self.dir.iterdir()], ["exp.toml"])
        self.assertEqual(self.dynkin("validate", "exp.toml").returncode, 0)
        self.assertIn("dynkin sample", self.dynkin("run", "exp.toml").stderr)


class Guided(CommandLine):
    def test_weights_make_the_composed_law_right(self):
        self.judged("agree", GUIDED)
        with h5py.File(self.dir / "out/run.h5") as run:
            self.assertAlmostEqual(run["weight"][:].sum(), 1.0, delta=1e-12)
        self.judged("disagree", GUIDED, "-s", "feynman_kac=false", out="plain")

    def test_two_conditions_and_the_other_pool(self):
        text = GUIDED.replace("[particles]", """[[guidance.conditions]]
kind = "mixture"
weights = [1.0]
means = [[0.3]]
sds = [[0.9]]
[particles]""")
        self.refused(2, text, "feynman_kac", "pool 'mean'", words=("-s", 'guidance.pool="max"'))
        self.judged("agree", text)
        self.judged("disagree", text, "-s", 'guidance.pool="max"', "-s", "feynman_kac=false", out="max")

    def test_a_sampler_that_remembers_cannot_be_resampled(self):
        self.refused(2, GUIDED, "exp.toml:18:15: guidance.feynman_kac", "'lms4'", "expected ddpm",
                     words=("-s", 'sampler.name="lms4"'))


class Tokens(CommandLine):
    def test_every_sampler_agrees(self):
        names = [s["name"] for s in json.loads(self.dynkin("samplers", "--json").stdout) if s["kind"].startswith("tokens")]
        self.assertEqual(len(names), 6)
        for name in names:
            verdict = self.judged("agree", TOKENS, "-s", f'sampler.name="{name}"', "-s", "steps=64")
            self.assertEqual([t["check"] for t in verdict["statistics"]], ["propagated_law", "draws", "exact_law"])

    def test_sequences_that_cannot_be_are_told_before_a_sampler_meets_them(self):
        text = TOKENS.replace("0.2, 0.01, 0.09", "0.2, 0.0, 0.1")
        self.refused(2, text, "data.weights", "'1 0 1' has weight 0", "first_hitting")
        self.judged("agree", text, "-s", 'sampler.name="first_hitting"')

    def test_few_steps_are_undecided_and_draws_still_follow_the_sampler(self):
        done, verdict = self.sample(TOKENS, "-s", "steps=2")
        self.assertEqual(verdict["verdict"], "undecided", done.stdout)
        draws = next(t for t in verdict["statistics"] if t["check"] == "draws")
        self.assertGreater(draws["adjusted_p"], 0.01)

    def test_guidance_is_exact_for_one_position_only(self):
        condition = '[guidance]\nbeta = 1.0\n[[guidance.conditions]]\nweights = {}\n'
        one = TOKENS.replace("positions = 3", "positions = 1").replace("[0.3, 0.02, 0.05, 0.13, 0.2, 0.01, 0.09, 0.2]", "[0.4, 0.6]")
        self.judged("agree", one.replace('"tweedie"', '"first_hitting"') + condition.format("[0.7, 0.3]"))
        self.judged("disagree", TOKENS.replace('"tweedie"', '"first_hitting"')
                    + condition.format("[0.1, 0.3, 0.05, 0.1, 0.05, 0.2, 0.15, 0.05]"))

    def test_files_hold_sequences(self):
        self.judged("agree", TOKENS)
        with h5py.File(self.dir / "out/run.h5") as run:
            self.assertEqual(run["tokens"].shape, (20000, 3))
            self.assertAlmostEqual(run["law_exact"][:].sum(), 1.0, delta=1e-12)
            self.assertAlmostEqual(run["law_sampler"][:].sum(), 1.0, delta=1e-12)


class RealRows(CommandLine):
    def test_held_out_rows_judge_the_generator(self):
        self.rows()
        verdict = self.judged("agree", ROWS)
        self.assertEqual({t["check"] for t in verdict["statistics"]}, {"held_out_moments", "held_out_sliced_wasserstein"})
        with h5py.File(self.dir / "out/run.h5") as run:  # in the units of the file
            self.assertAlmostEqual(run["particles"][:, 1].mean(), 350, delta=15)
        self.judged("disagree", ROWS + '[score]\nvalues = ["0.5 * score_a", "0.5 * score_b"]\n', out="half")
        self.judged("disagree", ROWS, "-s", "steps=3", out="few")

    def test_rows_may_come_from_hdf5(self):
        self.rows(200)
        table = np.loadtxt(self.dir / "rows.csv", delimiter=",", skiprows=1, usecols=(1, 2))
        with h5py.File(self.dir / "rows.h5", "w") as file:
            file["measured/rows"] = table
        self.sample(ROWS, "-s", "resolution=1.0", out="csv")
        hdf5 = ROWS.replace('"rows.csv"', '"rows.h5"\ndataset = "measured/rows"').replace('["a", "b"]', "[0, 1]")
        done, _ = self.sample(hdf5, "-s", "resolution=1.0", out="hdf5")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        with h5py.File(self.dir / "csv/run.h5") as a, h5py.File(self.dir / "hdf5/run.h5") as b:
            self.assertTrue(np.array_equal(a["particles"][:], b["particles"][:]))
        self.refused(5, hdf5.replace("measured/rows", "measured/row"), "measured/row")

    def test_increments_of_two_measured_series(self):
        source = sample_cases.SHARED / "timeseries" / "amoc.txt"
        if not source.exists():
            self.skipTest(f"no {source}")
        lines = [line.split() for line in source.read_text().splitlines()]
        columns = [lines[0].index('"AMOC0"'), lines[0].index('"GM"')]
        series = [[float(line[c]) for c in columns] for line in lines[1:]]
        with open(self.dir / "rows.csv", "w") as file:
            file.write("a,b\n")
            for before, after in zip(series, series[1:]):
                file.write(f"{after[0] - before[0]!r},{after[1] - before[1]!r}\n")
        self.judged("agree", ROWS)
        self.judged("disagree", ROWS + '[score]\nvalues = ["0.5 * score_a", "0.5 * score_b"]\n', out="half")
        self.judged("disagree", ROWS, "-s", "steps=3", out="few")
        # A Gaussian with the right mean and variance is not the law of these increments: their tails are heavier.
        done, verdict = self.sample(ROWS + '[score]\nvalues = ["-a/(1 + sigma^2)", "-b/(1 + sigma^2)"]\n', out="gauss")
        self.assertIn(verdict["verdict"], ("disagree", "agree", "undecided"), done.stderr)


if __name__ == "__main__":
    sample_cases.main()
