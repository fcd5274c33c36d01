"""Runs one experiment of data/experiments as it stands (those in the folder sampling by `dynkin sample`) and holds the numbers its comments state against run.h5.
experiment_test.py DYNKIN CONFIG. Exit 77: skipped, the data the experiment starts from is not there."""
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)


def close(name, obtained, expected, allowed):
    print(f"{name}: {obtained:.9g}, expected {expected:.9g} within {allowed:.3g}")
    assert abs(obtained - expected) <= allowed, name


def moment(run, function, view="grid", row=-1):
    labels = [label.decode() if isinstance(label, bytes) else label for label in run["test_function"][:]]
    return run[f"moments_{view}"][row][labels.index(function)]


def particles_within(run, function, expected, bias):
    """Four standard errors and a stated bias."""
    error = moment(run, function, "particles_stderr")
    close(function + " of the particles", moment(run, function, "particles"), expected, 4 * error + bias)


# Grid numbers: second order in the cell width h; the allowed error is the change under halving of h, measured once with
# the command in the comment and doubled.
def double_well(run):
    x, mean = run["x"][:], run["first_passage_0/mean"][:]
    close("mean first passage from -1", np.interp(-1.0, x, mean), 7.93402154, 2e-3)
    h = x[1] - x[0]
    p = np.exp(-(x**4 / 4 - x**2 / 2) / 0.2)
    assert np.max(np.abs(run["stationary"][:] / (p / (p.sum() * h)) - 1)) < 1e-10


def ornstein_uhlenbeck(run):
    particles_within(run, "x", run["moments_exact"][-1][0], 0.0)


def ring_stratonovich(run):
    x, p = run["x"][:], run["stationary"][:]
    close("stationary <sin 2 pi x>", np.sum(np.sin(2 * np.pi * x) * p) * (x[1] - x[0]), -0.135222221038, 5e-5)


def absorbed_brownian(run):
    close("survival on the grid", run["mass_grid"][-1], 0.63040107114, 1e-4)
    close("survival of the particles", run["mass_particles"][-1], 0.63040107114, 4 * run["mass_particles_stderr"][-1] + 1e-4)


def killed_brownian(run):
    close("mass on the grid", run["mass_grid"][-1], 0.805018182195, 1e-4)
    close("mass of the particles", run["mass_particles"][-1], 0.805018182195, 4 * run["mass_particles_stderr"][-1] + 1e-4)


def swirl(run):
    close("mass", run["mass_grid"][-1], 1.0, 1e-12)
    assert run["density"][:].min() >= 0.0
    close("mean x back at the start", moment(run, "x"), moment(run, "x", row=0), 1e-3)


def wright_fisher(run):
    # Absorbed particles count zero, and x (1 - x) is zero at both ends. E x0 (1 - x0) = 1/4 - 0.16/12 for the uniform law.
    expected = (0.25 - 0.16 / 12) * np.exp(-1)
    obtained = moment(run, "x", "particles") - moment(run, "x^2", "particles")
    # |d(mean)| <= SE(x) + SE(x^2); Euler's weak bias at dt = 0.001 is of order dt, 0.1 % here.
    allowed = 4 * (moment(run, "x", "particles_stderr") + moment(run, "x^2", "particles_stderr")) + 1e-3 * expected
    close("E x (1 - x) of the particles", obtained, expected, allowed)


def bumps(run):
    # Mean and second moment of the clean mixture, and the noise that is left: sigma_min^2 = 1e-4. Four standard errors.
    x = run["particles"][:, 0]
    close("mean of the samples", x.mean(), 0.14, 4 * x.std() / len(x)**0.5)
    second = 0.3 * (1.44 + 0.01) + 0.5 * (0.16 + 0.04) + 0.2 * (2.25 + 0.0025) + 1e-4
    close("second moment of the samples", (x**2).mean(), second, 4 * (x**2).std() / len(x)**0.5 + run["step_bound"][1])


def guided(run):
    # The same expectation from particles and weights as from the table.
    x, w = run["particles"][:, 0], run["weight"][:]
    close("sum of the weights", w.sum(), 1.0, 1e-12)
    close("weighted mean", (w * x).sum(), run["moments_particles"][0], 1e-12)


def density(run):
    # The moments of the density itself by quadrature.
    x = np.linspace(-6, 6, 120001)
    p = np.exp(-2 * (x**2 - 1)**2 + x)
    close("mean", run["moments_exact"][0], (x * p).sum() / p.sum(), 2e-4)


def tokens_uniform(run):
    tv = 0.5 * np.abs(run["law_sampler"][:] - run["law_exact"][:]).sum()
    close("total variation at 128 steps", tv, 1.56e-2, 0.2 * 1.56e-2)
    close("sum of the frequencies", run["frequency"][:].sum(), 1.0, 1e-12)


def tokens_masked(run):
    close("total variation of the first-hitting sampler", 0.5 * np.abs(run["law_sampler"][:] - run["law_exact"][:]).sum(), 0.0,
          1e-14)


NUMBERS = {f.__name__: f for f in (bumps, guided, density, tokens_uniform, tokens_masked, double_well, ornstein_uhlenbeck, ring_stratonovich, absorbed_brownian, killed_brownian,
                                   swirl, wright_fisher)}


def main():
    dynkin, config = (pathlib.Path(p).resolve() for p in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as scratch:
        verb = "sample" if config.parent.name == "sampling" else "run"
        done = subprocess.run([dynkin, verb, config, "-q", "-o", scratch + "/out"], capture_output=True, text=True)
        print(done.stdout[-6000:], done.stderr)
        if done.returncode == 5 and "no file" in done.stderr and "shared" in config.read_text():
            print("skipped: the series it starts from is not there")
            sys.exit(77)
        assert done.returncode == 0, f"exit code {done.returncode}"
        verdict = json.loads(pathlib.Path(scratch, "out", "verdict.json").read_text())
        assert verdict["verdict"] == "agree", verdict["line"]
        with h5py.File(scratch + "/out/run.h5") as run:
            assert verb == "sample" or np.isfinite(run["time"][:]).all()
            NUMBERS.get(config.stem, lambda _: None)(run)


main()
