"""Particles' histogram against the density, from a run with output.histogram = true and one spatial variable.

    dynkin run data/experiments/double_well.toml -s output.histogram=true -o runs/demo
    python3 docs/examples/plot_density.py runs/demo/run.h5 density.png
"""
import sys

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

CELLS_PER_BAR = 8

with h5py.File(sys.argv[1]) as run:
    time, x = run["time"][:], run["x"][:]
    density, histogram = run["density"][:], run["density_particles"][:]
    verdict = run.attrs["verdict"].decode()

figure, panels = plt.subplots(1, 3, figsize=(9, 2.8), sharey=True, layout="constrained")
for panel, row in zip(panels, (1, len(time) // 2, len(time) - 1)):
    n_bars = len(x) // CELLS_PER_BAR
    bars = histogram[row, : n_bars * CELLS_PER_BAR].reshape(n_bars, CELLS_PER_BAR).mean(axis=1)
    middle = x[: n_bars * CELLS_PER_BAR].reshape(n_bars, CELLS_PER_BAR).mean(axis=1)
    panel.bar(middle, bars, width=middle[1] - middle[0], color="#e8a680", label="particles")
    panel.plot(x, density[row], color="#1f5fa8", lw=1.5, label="density")
    panel.set_title(f"t = {time[row]:g}", fontsize=10)
    panel.set_xlabel("x")
    panel.set_xlim(-2.2, 2.2)
panels[0].set_ylabel("p(x, t)")
panels[-1].legend(frameon=False)
figure.savefig(sys.argv[2], dpi=110)
print(verdict)
