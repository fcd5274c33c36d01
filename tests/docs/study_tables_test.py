"""The tables of studies in a page are those that their commands print.

study_tables_test.py [--update] DYNKIN PAGE TEXT

  <!-- study: dynkin lm study positions --text tinyshakespeare.txt -->
  ```text
  ...
  ```
  <!-- end study -->

Words and gates stand word for word; numbers may differ by 5 % and 0.1, as rounding differs between processors and training
carries it on. --update writes them anew. Takes a minute or two."""
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"<!-- study: (?P<command>.+?) -->\n(?P<shown>.*?)<!-- end study -->", re.S)
NUMBER = re.compile(r"-?\d+\.\d+")


def same(shown, printed):
    plain = [NUMBER.sub("0", re.sub(r"\s+", " ", text)).strip() for text in (shown, printed)]
    if plain[0] != plain[1]:
        return False
    pairs = zip(NUMBER.findall(shown), NUMBER.findall(printed))
    return all(abs(float(a) - float(b)) <= 0.1 + 0.05 * max(abs(float(a)), abs(float(b))) for a, b in pairs)


def printed_by(command, dynkin, text):
    """Without the last line, which names the store."""
    words = [str(text) if word == "tinyshakespeare.txt" else word for word in command.split()]
    assert words[0] == "dynkin"
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run([dynkin, *words[1:], "-q", "-o", "out"], cwd=scratch, capture_output=True, text=True)
    assert done.returncode == 0, f"'{command}' exits with {done.returncode}:\n{done.stdout}{done.stderr}"
    return "\n".join(done.stdout.rstrip("\n").split("\n")[:-1]) + "\n"


def check_the_judge():
    table = "RoPE at L  43.9\nreached  RoPE collapses\n"
    assert same(table, table.replace("43.9", "44.4"))
    for wrong in (table.replace("43.9", "39.0"), table.replace("reached", "MISSED "), table.replace("RoPE at", "PI at")):
        assert not same(table, wrong), wrong


def main(arguments):
    update = "--update" in arguments
    dynkin, page, text = (pathlib.Path(word).resolve() for word in arguments if word != "--update")
    if not text.exists():
        print("skipped: no", text)
        return 77
    check_the_judge()
    page_text, wrong = page.read_text(encoding="utf-8"), []

    def visit(block):
        printed = printed_by(block["command"], dynkin, text)
        shown = re.sub(r"^```.*\n?", "", block["shown"], flags=re.M)
        if same(shown, printed) and not update:
            return block[0]
        wrong.append(f"'{block['command']}' prints\n{printed}")
        return f"<!-- study: {block['command']} -->\n```text\n{printed}```\n<!-- end study -->"

    new = BLOCK.sub(visit, page_text)
    assert BLOCK.search(page_text), f"{page}: no table of a study"
    if update:
        page.write_text(new, encoding="utf-8")
    elif wrong:
        print(f"{page}: --update writes anew\n" + "\n".join(wrong))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
