import h5py
import numpy as np

with h5py.File("runs/demo/run.h5") as run:
    print(run.attrs["verdict"].decode())
    x, density = run["x"][:], run["density"][:]                  # (600,), (11, 600)
    h = x[1] - x[0]
    right = (density * (x > 0)).sum(axis=1) * h                  # mass in the right well
    print("t = 2: mass at x > 0 is", round(right[-1], 5))
    names = [name.decode() for name in run["test_function"]]
    k = names.index("x^2")
    print("E x^2 by particles", run["moments_particles"][-1, k].round(4), "+-",
          run["moments_particles_stderr"][-1, k].round(4), "by the density", run["moments_grid"][-1, k].round(4))
    passage = np.interp(-1.0, x, run["first_passage_0/mean"][:])
    print("mean time from -1 to 0:", round(passage, 4))          # 7.93402 as cells shrink
