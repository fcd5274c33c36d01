"""Compiles one file and judges the outcome.

Usage: compile_fail_test.py FILE COMPILER [FLAGS...]

The first line of FILE says what is expected: `// compiles`, or `// fails: WORDS` where every word must stand in an error
or note of the compiler. A failure must name the concept Model as what is not satisfied: an error from deep inside the
library, or a missing header, does not count.
"""
import re
import subprocess
import sys


def main():
    file, command = sys.argv[1], sys.argv[2:] + ["-fsyntax-only", sys.argv[1]]
    with open(file, encoding="utf-8") as text:
        expected = text.readline().strip()
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if expected == "// compiles":
        print(run.stderr)
        return run.returncode
    words = re.match(r"// fails: (.+)", expected)[1].split()
    if run.returncode == 0:
        print(f"{file} compiles, and must not")
        return 1
    unsatisfied = re.search(r"constraint|satisf", run.stderr) and re.search(r"\bModel\b", run.stderr)
    diagnostics = "\n".join(line for line in run.stderr.splitlines() if re.search(r"\b(error|note):", line))
    missing = [word for word in words if word not in diagnostics]
    if not unsatisfied or missing:
        print(f"{file}: the message does not name Model{''.join(', ' + word for word in missing)}:\n{run.stderr}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
