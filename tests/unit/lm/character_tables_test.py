"""The committed table of character classes is what the script makes. Skipped (77) under another version of Unicode.

Usage: character_tables_test.py ROOT
"""
import re
import subprocess
import sys
import unicodedata
from pathlib import Path


def main():
    root = Path(sys.argv[1])
    committed = (root / "models/lm/character_tables.cpp").read_text()
    version = re.search(r"Unicode ([\d.]+)", committed)[1]
    if version != unicodedata.unidata_version:
        print(f"the table is of Unicode {version}, this Python knows {unicodedata.unidata_version}")
        return 77
    made = subprocess.run([sys.executable, root / "scripts/unicode_tables.py"], capture_output=True, text=True, check=True)
    assert len(re.findall(r"\{0x", committed)) > 700, "ranges are missing"
    assert made.stdout != committed.replace("{0x41, 0x5a}", "{0x41, 0x59}"), "a letter left out is not seen"
    if made.stdout != committed:
        print("run scripts/unicode_tables.py > models/lm/character_tables.cpp")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
