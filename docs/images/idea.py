"""Draws docs/images/idea.svg from a run of its own: paths and density are those of the double well.

Usage: idea.py DYNKIN [OUT.svg]    (python3 with h5py)
"""
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

EXPERIMENT = """
[model]
name = "double_well"
parameters = { D = 0.25 }
[initial]
kind = "gaussian"
mean = [-0.2]
sd = [0.25]
[time]
until = 3.0
outputs = 91
[particles]
n = 24
dt = 0.01
seed = 4
[grid]
lower = [-2.4]
upper = [2.4]
cells = [120]
[output]
particles = true
"""

INK, SOFT, PAPER, CARD = "#1b2430", "#5b6675", "#ffffff", "#f4f6f8"
ORANGE, BLUE, GREEN = "#c2571a", "#1f5fa8", "#2b7a3d"
X_RANGE = (-2.0, 2.0)


def run(dynkin):
    with tempfile.TemporaryDirectory() as scratch:
        config = pathlib.Path(scratch, "idea.toml")
        config.write_text(EXPERIMENT)
        subprocess.run([dynkin, "run", config, "-q", "-o", scratch + "/out"], check=True, stdout=subprocess.DEVNULL)
        with h5py.File(scratch + "/out/run.h5") as h5:
            return h5["time"][:], h5["particles"][:, :, 0], h5["x"][:], h5["density"][:]


def text(x, y, words, size=15, colour=INK, anchor="start", weight="normal", style="normal", family="sans"):
    families = {"sans": "Helvetica, Arial, sans-serif", "math": "Georgia, 'DejaVu Serif', serif",
                "code": "Menlo, 'DejaVu Sans Mono', monospace"}
    return (f'<text x="{x}" y="{y}" font-family="{families[family]}" font-size="{size}" fill="{colour}" '
            f'text-anchor="{anchor}" font-weight="{weight}" font-style="{style}">{words}</text>')


def card(x, y, w, h):
    return f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="10" fill="{CARD}" stroke="#c3cad3"/>'


def arrow(x0, y0, x1, y1, colour=SOFT):
    middle = (x0 + x1) / 2
    return (f'<path d="M{x0} {y0} C{middle} {y0} {middle} {y1} {x1 - 9} {y1}" fill="none" stroke="{colour}" '
            f'stroke-width="2"/><path d="M{x1} {y1} l-11 -5.5 v11 z" fill="{colour}"/>')


def polyline(points, colour, width=1.2, opacity=1.0, fill="none"):
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (f'<polyline points="{path}" fill="{fill}" stroke="{colour}" stroke-width="{width}" '
            f'stroke-opacity="{opacity}" fill-opacity="0.25" stroke-linejoin="round"/>')


def axes(x, y, w, h, down, across):
    return [f'<path d="M{x} {y} v{h} h{w}" fill="none" stroke="{SOFT}"/>',
            text(x + w, y + h + 15, across, 13, SOFT, "end", style="italic", family="math"),
            text(x - 7, y + 12, down, 13, SOFT, "end", style="italic", family="math")]


def particles_panel(x, y, w, h, times, paths):
    low, high = X_RANGE
    out = axes(x, y, w, h, "x", "t")
    for k in range(paths.shape[1]):
        points = [(x + w * t / times[-1], y + h * (high - v) / (high - low)) for t, v in zip(times, paths[:, k])]
        out.append(polyline(points, ORANGE, 1.0, 0.6))
    return out


def density_panel(x, y, w, h, centres, densities):
    low, high = X_RANGE
    inside = (centres >= low) & (centres <= high)
    scale = 0.92 * h / densities.max()
    out = axes(x, y, w, h, "p", "x")
    for opacity, p in zip((0.35, 0.6, 1.0), densities):
        points = [(x + w * (c - low) / (high - low), y + h - scale * v) for c, v in zip(centres[inside], p[inside])]
        out.append(polyline(points, BLUE, 1.8, opacity))
    return out


def functions_panel(x, y, w, h):
    s = np.linspace(-1.0, 1.0, 61)
    shapes = [("x", s), ("x²", 2 * s**2 - 1), ("bump", 2 * np.exp(-(s * 3.2) ** 2) - 1)]
    out = []
    for k, (name, values) in enumerate(shapes):
        left = x + k * (w + 14) / 3
        width = (w - 28) / 3
        points = [(left + width * (a + 1) / 2, y + h * (1 - v) / 2) for a, v in zip(s, values)]
        out.append(polyline(points, GREEN, 1.8))
        out.append(text(left + width / 2, y + h + 18, name, 13, SOFT, "middle", family="math", style="italic"))
    return out


def main():
    times, paths, centres, density = run(sys.argv[1])
    out_path = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else pathlib.Path(__file__).with_name("idea.svg")
    picked = [density[np.searchsorted(times, t)] for t in (0.2, 1.0, 3.0)]
    s = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1010 400" width="1010" height="400" role="img">',
         "<title>One model; particles and a density follow from it; the same test functions are applied to both; a "
         "verdict says whether they agree.</title>",
         f'<rect width="1010" height="400" rx="14" fill="{PAPER}"/>']
    s += [card(20, 125, 210, 150), text(125, 108, "one model", 17, INK, "middle", "bold"),
          text(36, 158, "drift b, sigma σ", 14, SOFT),
          text(36, 188, "dX = b dt + σ dW", 17, INK, family="math", style="italic"),
          text(36, 222, "its generator", 14, SOFT),
          text(36, 250, "Lφ = b·∇φ + ½ σσᵀ:∇∇φ", 15, INK, family="math", style="italic")]
    s += [arrow(230, 185, 290, 105, ORANGE), arrow(230, 215, 290, 295, BLUE)]
    s += [card(290, 36, 260, 148), text(420, 27, "particles follow L", 17, ORANGE, "middle", "bold")]
    s += particles_panel(320, 52, 215, 106, times, paths)
    s += [card(290, 226, 260, 148), text(420, 217, "a density follows L*", 17, BLUE, "middle", "bold")]
    s += density_panel(320, 242, 215, 106, centres, np.array(picked))
    s += [arrow(550, 110, 612, 180, ORANGE), arrow(550, 300, 612, 225, BLUE)]
    s += [card(612, 125, 176, 150), text(700, 108, "the same test functions", 17, GREEN, "middle", "bold")]
    s += functions_panel(632, 146, 136, 44)
    s += [text(628, 240, "E φ(X)", 16, ORANGE, family="math", style="italic"),
          text(700, 240, "−", 16, INK, "middle", family="math"),
          text(772, 240, "⟨φ, p⟩", 16, BLUE, "end", family="math", style="italic"),
          text(700, 263, "for every φ, at every output", 12, SOFT, "middle")]
    s += [arrow(788, 200, 836, 200, GREEN)]
    s += [card(836, 125, 154, 150), text(913, 108, "verdict", 17, INK, "middle", "bold"),
          text(850, 158, "within the errors of", 13, SOFT)]
    for k, part in enumerate(("sampling", "time step", "grid cells", "quadrature")):
        s.append(text(862, 180 + 18 * k, "· " + part, 13, INK))
    s.append(text(850, 262, "agree / disagree", 14, GREEN, weight="bold"))
    s.append("</svg>\n")
    out_path.write_text("\n".join(s), encoding="utf-8")


main()
