"""The run file as h5py, xarray and ncdump see it. Usage: read_back_test.py STORE_SAMPLE"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

try:
    import h5py
    import numpy as np
    import xarray as xr
    import h5netcdf  # noqa: F401  the engine of xarray used here
except ImportError as missing:
    print("skipped: python modules for reading back are absent:", missing)
    sys.exit(77)
if shutil.which("ncdump") is None:
    print("skipped: ncdump (netcdf-bin) is absent")
    sys.exit(77)

SAMPLE = sys.argv.pop(1)
TIMES = [0.0, 0.5, 1.0, 1.5, 2.0]
LABELS = ["x^2", "x*y", "1[x >= 0]", "\u03c6"]


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


class ReadBack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.run_file = os.path.join(cls.directory.name, "run.h5")
        subprocess.run([SAMPLE, cls.run_file], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def test_h5py_reads_values_labels_and_dimension_scales(self):
        with h5py.File(self.run_file) as run:
            np.testing.assert_array_equal(run["time"], TIMES)
            np.testing.assert_array_equal(run["density"][3], [[1.5, 2.5, 3.5], [4.5, 5.5, 6.5]])
            self.assertTrue(np.isnan(run["moments_particles"][2]).all())
            self.assertEqual([text(label) for label in run["test_function"]], LABELS)
            self.assertEqual([list(d.keys()) for d in run["density"].dims], [["time"], ["y"], ["x"]])
            self.assertEqual(text(run["x"].attrs["bounds"]), "x_bounds")
            provenance = run["provenance"].attrs
            self.assertEqual(list(provenance), ["version", "seed", "config", "alpha"])
            self.assertEqual(int(provenance["seed"]), 2**64 - 1)
            self.assertEqual(text(provenance["config"]), '[model]\nname = "double_well"  # \u03c3\n')
            self.assertIsNone(run["density"].compression)

    def test_xarray_sees_coordinates_units_and_missing_rows(self):
        with xr.open_dataset(self.run_file, engine="h5netcdf") as run:
            self.assertEqual(dict(run.sizes), {"time": 5, "y": 2, "x": 3, "nv": 2, "particle": 4, "component": 2,
                                               "test_function": 4})
            self.assertEqual(float(run.moments_particles.sel(time=1.5, test_function="x*y")), 3.0)
            self.assertEqual(float(run.density.sel(x=1, y=0.5, time=2.0)), 7.0)
            self.assertEqual(run.time.dtype, np.float64)
            self.assertEqual(text(run.density.attrs["units"]), "1")
            self.assertEqual(text(run.density.attrs["long_name"]), "probability density")
            self.assertTrue(np.isnan(run.moments_particles.isel(time=2)).all())
            np.testing.assert_array_equal(run.x_bounds[0], [-1.5, -0.5])
            self.assertEqual(float(run.particles.sel(component="y", time=0.5)[3]), 0.5)
        with xr.open_dataset(self.run_file, engine="h5netcdf", group="first_passage_0") as passage:
            self.assertEqual(passage["mean"].dims, ("y", "x"))
            self.assertEqual(float(passage.survival[0]), 1.0)

    def test_ncdump_parses_header_and_data(self):
        dump = subprocess.run(["ncdump", self.run_file], capture_output=True, text=True)
        self.assertEqual(dump.returncode, 0, dump.stderr)
        for line in ("time = UNLIMITED ; // (5 currently)", "double density(time, y, x) ;", 'time:axis = "T" ;',
                     "string test_function(test_function) ;", 'density:units = "1" ;', 'x:bounds = "x_bounds" ;',
                     "double x_bounds(x, nv) ;", 'test_function = "x^2", "x*y", "1[x >= 0]", "\u03c6" ;',
                     "group: first_passage_0 {", "double survival(time) ;", ":seed = 18446744073709551615ULL ;",
                     ':Conventions = "CF-1.10" ;', "density:_FillValue = NaN ;"):
            self.assertIn(line, dump.stdout)

    def test_flushed_rows_open_after_a_kill(self):
        path = os.path.join(self.directory.name, "killed.h5")
        ended = subprocess.run([SAMPLE, path, "kill"])
        self.assertEqual(ended.returncode, -signal.SIGKILL)
        self.assertFalse(os.path.exists(path))
        with h5py.File(path + ".partial") as run:
            np.testing.assert_array_equal(run["time"], TIMES[:4])
            np.testing.assert_array_equal(run["density"][3, 0], [1.5, 2.5, 3.5])
        with xr.open_dataset(path + ".partial", engine="h5netcdf") as run:
            self.assertEqual(run.sizes["time"], 4)


if __name__ == "__main__":
    unittest.main(verbosity=2)
