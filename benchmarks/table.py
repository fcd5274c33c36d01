#!/usr/bin/env python3
"""Runs the benchmarks and prints the table of README.md.

usage: benchmarks/table.py build/release/benchmarks/dynkin_benchmarks [regular expression of names]
"""
import json
import os
import platform
import subprocess
import sys


def quantity(value):
    for factor, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= factor:
            return f"{value / factor:.3g} {letter}"
    return f"{value:.3g}"


def cpu_name():
    with open("/proc/cpuinfo") as info:
        return next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), platform.machine())


def rows(benchmarks):
    for run in benchmarks:
        what, against, unit, bound = (part.strip() for part in run["label"].split(" | "))
        reached = f"{run['ours'] / run['bound']:.0%} of {quantity(run['bound'])}/s: {bound}" if run["bound"] else bound
        mark = "" if run["ratio"] >= run["target"] else " (missed)"
        spread = f"{run['ratio_low']:.3g}–{run['ratio_high']:.3g}"
        yield [what, against, f"{quantity(run['ours'])} {unit}/s", quantity(run["theirs"]),
               f"**{run['ratio']:.3g}** ({spread})", f"{run['target']:g}{mark}", reached]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    command = [sys.argv[1], "--benchmark_format=json"]
    if len(sys.argv) > 2:
        command.append("--benchmark_filter=" + sys.argv[2])
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
    context, benchmarks = report["context"], report["benchmarks"]
    clock = sorted(run["clock"] for run in benchmarks)[len(benchmarks) // 2]
    print(f"{context['date'][:10]}, {context['num_cpus']} cores of {cpu_name()} at {clock / 1e9:.2f} GHz, "
          f"vector level {context['vector_level']}, {context['compiler']}, flags `{context['flags'].strip()}`, "
          f"load {os.getloadavg()[0]:.1f} at the end.\n")
    print("| kernel | against | ours | theirs | ratio (quartiles) | at least | reached |")
    print("|---|---|---|---|---|---|---|")
    for row in rows(benchmarks):
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
