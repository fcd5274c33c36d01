"""`dynkin lm` as a person meets it: tiny models are trained on a text made here, then continued, scored and filled.
Run with Debian's python3: lm_test.py DYNKIN SHARED_DATA"""
import json
import math
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)

DYNKIN, SHARED = "", pathlib.Path()

TRAIN = """
[text]
file = "text.txt"
[model]
width = 32
layers = 1
heads = 2
[training]
steps = 60
rows = 16
length = 24
learning_rate = 1e-2
seed = 3
"""


def made_text(n=6000, seed=1):
    """Words of a small vocabulary in a chain, with umlauts and a Chinese word: UTF-8 has to survive."""
    draw = random.Random(seed)
    follows = {"the": ["cat", "dog", "Bär"], "cat": ["sees", "eats"], "dog": ["sees", "eats"], "Bär": ["eats"],
               "sees": ["the", "春天"], "eats": ["the"], "春天": ["and"], "and": ["the"]}
    word, words = "the", []
    for _ in range(n):
        words.append(word)
        word = draw.choice(follows[word])
    return " ".join(words) + "\n"


class CommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """One model of next tokens and one of masked ones for all tests."""
        cls.trained = tempfile.TemporaryDirectory()
        cls.home = pathlib.Path(cls.trained.name)
        (cls.home / "text.txt").write_text(made_text(), encoding="utf-8")
        (cls.home / "exp.toml").write_text(TRAIN)
        for words in (["-o", "causal"], ["-o", "masked", "-s", "model.task=masked", "-s", "steps=400"]):
            subprocess.run([DYNKIN, "lm", "train", "exp.toml", "-q", *words], cwd=cls.home, check=True,
                           stdout=subprocess.DEVNULL)

    @classmethod
    def tearDownClass(cls):
        cls.trained.cleanup()

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.dir = pathlib.Path(self.scratch.name)
        for name in ("text.txt", "exp.toml"):
            shutil.copy(self.home / name, self.dir)

    def tearDown(self):
        self.scratch.cleanup()

    def lm(self, *words, stdin=None):
        return subprocess.run([DYNKIN, "lm", *map(str, words)], capture_output=True, text=True, input=stdin, cwd=self.dir,
                              timeout=200)

    def done(self, *words, stdin=None, code=0):
        done = self.lm(*words, stdin=stdin)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done.stdout

    def refused(self, code, words, *parts):
        done = self.lm(*words)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        for part in parts:
            self.assertIn(part, done.stderr)
        return done

    def generate(self, *words, code=0, stdin=None):
        return self.done("generate", "--model", self.home / "causal", *words, code=code, stdin=stdin)

    def object(self, text):
        self.assertEqual(text.count("\n"), 1, "one object in one line")
        return json.loads(text)

    # train

    def test_train_leaves_a_model_and_a_loss_curve(self):
        for name in ("config.json", "model.safetensors", "tokenizer.json", "dynkin.json", "run.h5", "training.h5",
                     "config.toml", "log.txt"):
            self.assertTrue((self.home / "causal" / name).exists(), name)
        with h5py.File(self.home / "causal/run.h5") as run:
            self.assertEqual(run["loss"].shape, (60,))
            np.testing.assert_array_equal(run["step"][:], np.arange(1, 61))
            np.testing.assert_array_equal(run["n_tokens"][:], 16 * 24 * np.arange(1, 61))
            loss, held_out = run["loss"][:], run["validation_loss"][:]
            self.assertLess(loss[-10:].mean(), loss[0] - 0.5)
            self.assertEqual(np.isfinite(held_out).sum(), 20)
            self.assertAlmostEqual(held_out[-1], loss[-10:].mean(), delta=0.25)
            for name in ("gradient_norm", "learning_rate"):
                self.assertTrue((run[name][:] > 0).all(), name)
                self.assertTrue(run[name].attrs["long_name"])
            self.assertIn(b"width = 32", run["provenance"].attrs["config"])

    def test_threads_change_no_digit(self):
        for threads in (1, 2):
            self.done("train", "exp.toml", "-q", "--threads", threads, "-s", "steps=12", "-o", f"t{threads}")
        with h5py.File(self.dir / "t1/run.h5") as one, h5py.File(self.dir / "t2/run.h5") as two:
            np.testing.assert_array_equal(one["loss"][:], two["loss"][:])
        self.same_model("t1", "t2")

    def same_model(self, one, two, equal=True):
        check = self.assertEqual if equal else self.assertNotEqual
        check((self.dir / one / "model.safetensors").read_bytes(), (self.dir / two / "model.safetensors").read_bytes())

    def test_a_stopped_training_resumes_to_the_same_bits(self):
        words = ("-s", "steps=400", "-s", "training.checkpoint_every=7")
        self.done("train", "exp.toml", "-q", *words, "-o", "whole")
        process = subprocess.Popen([DYNKIN, "lm", "train", "exp.toml", "-q", *words, "-o", "parts"], cwd=self.dir,
                                   stderr=subprocess.PIPE, text=True)
        while not (self.dir / "parts/training.h5").exists() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        message = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 4, message)
        self.assertIn("--resume goes on", message)
        self.assertFalse((self.dir / "parts/config.json").exists(), "half a training is no model")
        self.assertIn("steps = 400", (self.dir / "parts/config.toml").read_text())

        self.refused(2, ["train", "exp.toml", "-q", *words, "-o", "parts"], "was stopped after step", "--resume", "--fresh")
        self.refused(2, ["train", "exp.toml", "-q", *words, "-s", "seed=4", "-o", "parts", "--resume"],
                     "another training", "seed = 3 there, seed = 4 here")
        resumed = self.object(self.done("train", "exp.toml", "-q", *words, "-o", "parts", "--resume", "--json"))
        self.assertGreater(resumed["resumed_after"], 0)
        self.same_model("whole", "parts")
        with h5py.File(self.dir / "whole/run.h5") as whole, h5py.File(self.dir / "parts/run.h5") as parts:
            for name in ("loss", "validation_loss", "gradient_norm", "learning_rate", "n_tokens"):
                np.testing.assert_array_equal(whole[name][:], parts[name][:], name)
        # Mutant: another seed is another training.
        self.done("train", "exp.toml", "-q", *words, "-s", "seed=4", "-o", "parts", "--fresh")
        self.same_model("whole", "parts", equal=False)

    def test_train_refuses(self):
        self.refused(2, ["train", "exp.toml", "-s", "model.widht=8"], "unknown key 'model.widht'", "width")
        self.refused(2, ["train", "exp.toml", "-s", "model.task=maskd"], "model.task", "masked")
        self.refused(2, ["train", "exp.toml", "-s", "model.positions.scheme=rerop"], "rerope")
        self.refused(2, ["train", "exp.toml", "-s", "model.positions.scheme=rerope"], "window")
        self.refused(2, ["train", "exp.toml", "-s", "heads=3"], "model.heads", "no multiple")
        self.refused(2, ["train", "exp.toml", "-s", "model.context=8"], "model.context", "training.length")
        self.refused(2, ["train", "exp.toml", "-s", "length=1_000_000"], "text")
        self.refused(2, ["train", "exp.toml", "--resume", "-o", "none"], "no checkpoint")
        self.refused(5, ["train", "exp.toml", "-s", "file=absent.txt"], "absent.txt")
        self.refused(5, ["train", "absent.toml"], "absent.toml")
        (self.dir / "foreign").mkdir()
        (self.dir / "foreign/config.json").write_text("{}")
        self.refused(2, ["train", "exp.toml", "-o", "foreign"], "not trained here")
        self.assertEqual((self.dir / "foreign/config.json").read_text(), "{}")

    def test_dry_run_writes_nothing(self):
        out = self.done("train", "exp.toml", "--dry-run", "-o", "dry")
        self.assertIn("next_token", out)
        self.assertFalse((self.dir / "dry").exists())
        done = subprocess.run([DYNKIN, "validate", "exp.toml"], cwd=self.dir, capture_output=True, text=True)
        self.assertTrue(done.stdout.startswith("exp: next_token") and done.stdout.endswith("valid\n"), done.stderr)

    def test_positions_of_training_are_those_of_inference(self):
        self.done("train", "exp.toml", "-q", "-s", "steps=5", "-s", 'model.positions={scheme="rerope", window=8}', "-o", "far")
        self.assertIn("rerope, window 8", self.done("generate", "--model", "far", "--prompt", "the", "--json"))

    def test_byte_pairs(self):
        self.done("train", "exp.toml", "-q", "-s", "steps=5", "-s", "text.tokenizer=bpe", "-s", "text.vocabulary=300",
                  "-o", "pairs")
        got = self.object(self.done("generate", "--model", "pairs", "--prompt", "the 春天", "--json", "--max-tokens", 20))
        self.assertEqual(len(got["samples"][0]["tokens"]), 20)

    def test_a_poem_learned_by_heart_comes_back_letter_by_letter(self):
        poem = "床前明月光，疑是地上霜。舉頭望明月，低頭思故鄉。\n"  # Li Bai
        (self.dir / "poem.txt").write_text(poem * 60, encoding="utf-8")
        for tokenizer in ("characters", "bytes", "bpe"):
            self.done("train", "exp.toml", "-q", "-s", "file=poem.txt", "-s", f"text.tokenizer={tokenizer}",
                      "-s", "text.held_out=0.0", "-s", "length=40", "-s", "steps=150", "-o", tokenizer)
            told = self.done("generate", "--model", tokenizer, "--prompt", poem[:6], "--greedy", "--stop", "\n", "--positions",
                             "sliding_window", "--window", 40)
            self.assertEqual(told, poem, tokenizer)

    # generate

    def test_text_tokens_and_store_say_the_same(self):
        got = self.object(self.generate("--prompt", "the cat", "--max-tokens", 40, "--seed", 5, "-n", 3, "--max-length", 60, "--json", "-o", "out"))
        vocabulary = json.loads((self.home / "causal/tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
        letters = {number: name for name, number in vocabulary.items()}
        texts = (self.dir / "out/text.txt").read_text(encoding="utf-8")
        with h5py.File(self.dir / "out/run.h5") as run:
            self.assertEqual(run["token"].shape, (3, 40))
            for k, sample in enumerate(got["samples"]):
                n = int(run["n_tokens"][k])
                self.assertEqual(sample["tokens"], run["token"][k, :n].astype(int).tolist())
                self.assertEqual(sample["text"], "".join(letters[t] for t in sample["tokens"]))
                self.assertIn("the cat" + sample["text"], texts)
                self.assertAlmostEqual(sample["log_probability"], run["log_probability"][k, :n].sum(), places=9)
            self.assertTrue((run["entropy"][:] >= 0).all())
            self.assertNotIn("context_entropy", run)
        self.assertEqual(len({s["text"] for s in got["samples"]}), 3)
        self.assertIn('seed = 5', (self.dir / "out/config.toml").read_text())

    def test_the_same_seed_gives_the_same_text_for_any_threads_and_number_of_samples(self):
        words = ("--prompt", "the", "--max-tokens", 30, "--seed", 9)
        one = self.generate(*words, "--threads", 1)
        self.assertEqual(one, self.generate(*words, "--threads", 2))
        self.assertEqual(one, self.generate(*words, "-n", 2)[:len(one)])
        self.assertNotEqual(one, self.generate(*words[:-1], 10))
        self.assertTrue(one.startswith("the"))

    def test_greedy_is_the_most_probable_token(self):
        self.generate("--prompt", "the", "--greedy", "--max-tokens", 12, "-o", "greedy")
        self.assertEqual(self.generate("--prompt", "the", "--temperature", 0, "--max-tokens", 12),
                         self.generate("--prompt", "the", "--top-k", 1, "--max-tokens", 12, "--seed", 4))
        with h5py.File(self.dir / "greedy/run.h5") as run:
            np.testing.assert_allclose(run["log_probability"][0], 0.0, atol=1e-12)

    def test_stop_strings_and_standard_input(self):
        text = self.generate("--prompt", "-", "--seed", 2, "--stop", " ", "--max-tokens", 40, stdin="the cat see")
        self.assertTrue(text.startswith("the cat see"))
        self.assertNotIn(" ", text[len("the cat see"):])
        got = self.object(self.generate("--prompt", "the", "--stop", " ", "--json"))
        self.assertEqual(got["samples"][0]["reason"], "stop_string")

    def test_ctrl_c_ends_a_text(self):
        process = subprocess.Popen([DYNKIN, "lm", "generate", "--model", self.home / "causal", "--prompt", "the", "--positions",
                                    "rerope", "--window", "12", "--max-tokens", "100000000", "-o", "cut"], cwd=self.dir,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        begun = process.stdout.read(20)
        process.send_signal(signal.SIGINT)
        rest, message = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 4, message)
        self.assertEqual((self.dir / "cut/text.txt").read_bytes(), begun + rest)

    def test_many_contexts(self):
        for k, text in enumerate(("the cat eats the dog", "the dog sees 春天 and", "the Bär eats the Bär")):
            (self.dir / f"c{k}.txt").write_text(text + "\n", encoding="utf-8")
        contexts = [w for k in range(3) for w in ("--context", f"c{k}.txt")]
        words = (*contexts, "--max-length", 100, "--prompt", "the", "--max-tokens", 10, "--seed", 1)
        got = self.object(self.generate(*words, "--json", "-o", "out"))
        with h5py.File(self.dir / "out/run.h5") as run:
            self.assertEqual(run["context_entropy"].shape, (1, 10, 3))
            chosen, entropies = run["chosen_context"][0].astype(int), run["context_entropy"][0]
            self.assertEqual(got["samples"][0]["contexts"], chosen.tolist())
            # eta = 0.1 is taken from the entropy of the context used last.
            last = None
            for position, context in enumerate(chosen):
                judged = entropies[position].copy()
                if last is not None:
                    judged[last] -= 0.1
                self.assertEqual(context, int(np.argmin(judged)))
                last = context
        # The mean does not choose; beta = 0 with one context is that context put in front.
        mean = self.object(self.generate(*words, "--nbce", "mean", "--beta", 2, "--json"))
        self.assertEqual(set(mean["samples"][0]["contexts"]), {-1})
        plain = ("--context", "c0.txt", "--prompt", "the", "--seed", 3, "--max-tokens", 10, "--max-length", 100)
        self.assertEqual(self.generate(*plain), self.generate(*plain, "--nbce", "mean", "--beta", 0, "--nbce-top-p", 1))
        self.assertNotEqual(self.generate(*plain), self.generate(*plain, "--nbce", "mean", "--beta", 4, "--nbce-top-p", 1))
        # Context-aware decoding of weight 0 as well; without bos guidance needs something to lead away from.
        self.assertEqual(self.generate(*plain), self.generate(*plain, "--guidance", 0))
        self.generate("--prompt", "the cat", "--guidance", 1.5, "--negative-prompt", "the dog", "--max-tokens", 5)

    def test_weights_of_whole_sequences(self):
        (self.dir / "a.txt").write_text("the cat eats the")
        words = ("--context", "a.txt", "--prompt", "the ", "--max-tokens", 6, "--max-length", 60, "--seed", 2)
        got = self.object(self.generate(*words, "--nbce", "mean", "--beta", 0.5, "--nbce-top-p", 1, "--particles", 32, "--json",
                                        "-o", "out"))
        weights = [p["weight"] for p in got["particles"]]
        self.assertAlmostEqual(sum(weights), 1.0, places=9)
        self.assertGreater(max(weights), min(weights))
        with h5py.File(self.dir / "out/run.h5") as run:
            np.testing.assert_allclose(run["weight"][:], weights, rtol=1e-12)
            self.assertEqual(run["token"].shape, (32, 6))
        # Without guidance there is nothing to correct: equal weights and mass 1.
        got = self.object(self.generate(*words, "--guidance", 0, "--particles", 8, "--json"))
        np.testing.assert_allclose([p["weight"] for p in got["particles"]], 1 / 8, rtol=1e-12)
        self.assertAlmostEqual(got["log_mass"], 0.0, places=12)
        self.refused(2, ["generate", "--model", self.home / "causal", "--prompt", "the", "--particles", 4], "composition")
        self.refused(2, ["generate", "--model", self.home / "causal", *words, "--guidance", "1", "--particles", "4", "--greedy"],
                     "filters")

    def test_positions_carry_beyond_the_context(self):
        long = "the cat " * 6
        self.refused(2, ["generate", "--model", self.home / "causal", "--prompt", long], "48 tokens", "room for 24", "rerope")
        for words in (["rerope", "--window", 8], ["leaky_rerope", "--window", 8, "--factor", 16],
                      ["sliding_window", "--window", 24], ["interpolation", "--factor", 4], ["ntk_mixed", "--factor", 4],
                      ["rerope", "--window", 12, "--scale", "log_n_test", "--training-length", 24]):
            self.assertTrue(self.generate("--prompt", long, "--max-tokens", 8, "--positions", *words).startswith(long))
        full = self.object(self.generate("--prompt", "the cat", "--json"))
        self.assertEqual(full["samples"][0]["reason"], "context_full")

    def test_int8_is_near_and_bf16_nearer(self):
        def logs(weights):
            self.generate("--prompt", "the cat", "--top-k", 0, "--seed", 1, "--max-tokens", 1, "--weights", weights, "-o", weights)
            with h5py.File(self.dir / weights / "run.h5") as run:
                return run["entropy"][0, 0]
        exact = logs("fp32")
        self.assertNotEqual(exact, logs("int8"))
        self.assertAlmostEqual(exact, logs("bf16"), delta=0.02 * max(exact, 0.1))
        self.assertAlmostEqual(exact, logs("int8"), delta=0.1 * max(exact, 0.1))

    def test_generate_refuses(self):
        model = ["generate", "--model", self.home / "causal"]
        self.refused(2, model, "prompt is empty")
        self.refused(2, [*model, "--prompt", "the", "--nbce", "min_entropy"], "there is none", "--context")
        (self.dir / "c.txt").write_text("the cat")
        (self.dir / "empty.txt").write_text("\n")
        context = [*model, "--prompt", "the", "--context", "c.txt"]
        for beta in ("-2", "-1"):
            self.refused(2, [*context, "--nbce", "mean", "--beta", beta], "beta")
            self.refused(2, [*model, "--prompt", "the", "--guidance", beta], "beta")
        self.refused(2, [*context, "--nbce", "mian"], "mean")
        self.refused(2, [*context, "--nbce", "mean", "--nbce-top-p", "1.5"], "top_p")
        self.refused(2, [*context, "--eta", "0.2"], "--eta")
        self.refused(2, [*model, "--prompt", "the", "--context", "empty.txt"], "empty.txt", "no text")
        self.refused(5, [*model, "--prompt", "the", "--context", "absent.txt"], "absent.txt")
        self.refused(2, [*model, "--prompt", "the", "--positions", "rerope"], "window")
        self.refused(2, [*model, "--prompt", "the", "--window", "8"], "window")
        self.refused(2, [*model, "--prompt", "the", "--positions", "rerop", "--window", "8"], "did you mean 'rerope'")
        self.refused(2, [*model, "--prompt", "the", "--weights", "int4"], "int4")
        self.refused(2, [*model, "--prompt", "the", "--top-p", "0"], "top_p")
        self.refused(2, [*model, "--prompt", "the", "--stop", ""], "stop")
        self.refused(2, [*model, "--prompt", "Quux"], "Q")
        self.refused(2, [*model, "--prompt", "the", "--seed", "-4"], "--seed")
        self.refused(2, ["generate", "--model", self.home / "masked", "--prompt", "the"], "lm fill")
        self.refused(5, ["generate", "--model", "absent", "--prompt", "the"], "absent")
        self.refused(2, ["generat"], "did you mean 'generate'")
        self.refused(2, ["study", "positons"], "did you mean 'positions'")
        error = self.object(self.lm(*context, "--nbce", "mean", "--beta", "-2", "--json").stdout)
        self.assertEqual((error["kind"], error["exit_code"]), ("config", 2))

    def test_wrong_model_files_are_told(self):
        broken = self.dir / "broken"
        shutil.copytree(self.home / "causal", broken)
        data = (broken / "model.safetensors").read_bytes()
        (broken / "model.safetensors").write_bytes(data.replace(b"model.norm.weight", b"model.nrom.weight", 1))
        self.refused(5, ["generate", "--model", broken, "--prompt", "the"], "model.nrom.weight", "model.norm.weight")
        (broken / "model.safetensors").write_bytes(data[:-8])
        self.refused(5, ["generate", "--model", broken, "--prompt", "the"], "model.safetensors")
        shutil.rmtree(broken)
        shutil.copytree(self.home / "causal", broken)
        (broken / "tokenizer.json").unlink()
        self.refused(5, ["generate", "--model", broken, "--prompt", "the"], "tokenizer.json")
        self.done("train", "exp.toml", "-q", "-s", "steps=1", "-s", "text.tokenizer=bpe", "-s", "text.vocabulary=300", "-o", "pairs")
        self.refused(2, ["generate", "--model", self.home / "causal", "--tokenizer", "pairs", "--prompt", "the"],
                     "rows for", "do not belong together")

    # perplexity

    def test_perplexity_scores_the_same_segment(self):
        words = ("perplexity", "--model", self.home / "causal", "--text", "text.txt", "-q")
        got = self.object(self.done(*words, "--context-lengths", "8,16,24", "--segment", 8, "--windows", 20, "--json", "-o", "p"))
        loss = [row["loss"] for row in got["rows"]]
        self.assertGreater(loss[0], loss[2] + 0.05)  # context helps
        for row in got["rows"]:
            self.assertAlmostEqual(row["perplexity"], math.exp(row["loss"]), places=9)
        with h5py.File(self.dir / "p/run.h5") as run:
            self.assertEqual(run["loss"].shape, (3, 20))
            np.testing.assert_allclose(run["loss"][:].mean(axis=1), loss, rtol=1e-12)
            np.testing.assert_array_equal(run["length"][:], [8, 16, 24])
            alone = run["loss"][2]
        # The same segments whatever other lengths are asked for, if the longest stays.
        self.done(*words, "--context-lengths", "24", "--segment", 8, "--windows", 20, "-o", "q")
        with h5py.File(self.dir / "q/run.h5") as run:
            np.testing.assert_array_equal(run["loss"][0], alone)
        table = self.done(*words, "--context-lengths", "24,96", "--segment", 8, "--positions", "rerope", "--window", 12)
        self.assertIn("rerope, window 12", table)
        self.assertTrue(list((self.dir / "runs").glob("perplexity-*/run.h5")))

    def test_perplexity_of_a_generated_text_is_its_probability(self):
        got = self.object(self.generate("--prompt", "the cat", "--max-tokens", 17, "--seed", 6, "--json"))["samples"][0]

        def loss(text):
            (self.dir / "drawn.txt").write_text(text, encoding="utf-8")
            return self.object(self.done("perplexity", "--model", self.home / "causal", "--text", "drawn.txt", "--context-lengths",
                                         23, "--segment", 17, "--windows", 1, "--json"))["rows"][0]["loss"]

        self.assertAlmostEqual(17 * loss("the cat" + got["text"]), -got["log_probability"], places=9)
        # Mutant: the last token is another one.
        other = "c" if got["text"][-1] != "c" else "d"
        self.assertGreater(abs(17 * loss("the cat" + got["text"][:-1] + other) + got["log_probability"]), 1e-3)

    def test_perplexity_refuses(self):
        words = ["perplexity", "--model", self.home / "causal", "--text", "text.txt"]
        self.refused(2, [*words, "--context-lengths", "24,16"], "rising")
        self.refused(2, [*words, "--context-lengths", "24,x"], "'x'")
        self.refused(2, [*words, "--context-lengths", "4,24", "--segment", "8"], "smaller than the segment")
        self.refused(2, [*words, "--context-lengths", "48"], "room for 24", "rerope")
        (self.dir / "short.txt").write_text("the cat")
        self.refused(2, [*words[:-1], "short.txt", "--context-lengths", "24"], "short.txt")
        self.refused(5, [*words[:-1], "absent.txt"], "absent.txt")

    # fill

    def test_fill_keeps_what_is_given(self):
        words = ("fill", "--model", self.home / "masked", "--text", "the c_t ea_s the", "--seed", 2)
        got = self.object(self.done(*words, "-n", 20, "--json", "-o", "out"))
        for sample in got["samples"]:
            self.assertEqual(sample["finished"], 0)
            self.assertRegex(sample["text"], "^the c.t ea.s the$")
        right = sum(sample["text"] == "the cat eats the" for sample in got["samples"])
        self.assertGreaterEqual(right, 15, [s["text"] for s in got["samples"]])
        with h5py.File(self.dir / "out/run.h5") as run:
            given, token = run["given"][:], run["token"][:]
            self.assertEqual(token.shape, (20, 16))
            mask = given.max()
            np.testing.assert_array_equal(token[:, given != mask], np.tile(given[given != mask], (20, 1)))
            self.assertTrue((token[:, given == mask] < mask).all())
        first = self.done(*words)
        self.assertEqual(first.strip(), got["samples"][0]["text"])
        self.assertEqual(first, self.done(*words, "--threads", 2))

    def test_every_sampler_fills(self):
        words = ("fill", "--model", self.home / "masked", "--text", "the ##t", "--mask", "#")
        for sampler in ("first_hitting", "tweedie", "euler", "tau_leaping", "theta_trapezoidal", "low_confidence",
                        "uniformisation"):
            self.assertRegex(self.done(*words, "--sampler", sampler).strip(), "^the [^#]+t$", sampler)
        self.refused(2, [*words, "--sampler", "theta_trapezoidal_unclipped"], "signed kernel")
        self.assertRegex(self.done(*words, "--block-length", 1).strip(), "^the [^#]{2}t$")
        likely = ("fill", "--model", self.home / "masked", "--text", "the c_t eats t_e", "--sampler", "low_confidence",
                  "--temperature", 0, "--seed")
        for seed in (1, 2):
            self.assertEqual(self.done(*likely, seed).strip(), "the cat eats the")

    def test_fill_refuses(self):
        model = ["fill", "--model", self.home / "masked"]
        self.refused(2, [*model, "--text", "the cat"], "nothing to fill")
        self.refused(2, [*model, "--text", "_" * 30], "30 tokens", "room for 24")
        self.refused(2, [*model, "--text", "_", "--sampler", "twedie"], "tweedie")
        self.refused(2, [*model, "--text", "_", "--temperature", "0.5"], "temperature")
        self.refused(2, [*model, "--text", "_", "--mask", ""], "--mask")
        self.refused(2, ["fill", "--model", self.home / "causal", "--text", "_"], "task")

    # study

    def test_studies_write_a_store_and_say_what_was_missed(self):
        (self.dir / "long.txt").write_text(made_text(8000, 2), encoding="utf-8")
        got = self.object(self.done("study", "positions", "--text", "long.txt", "--steps", 2, "--windows", 2, "--json", "-q",
                                    "-o", "p", code=1))
        self.assertEqual(len(got["gates"]), 3)
        self.assertFalse(all(gate["reached"] for gate in got["gates"]), "an untrained model shows no trend")
        with h5py.File(self.dir / "p/run.h5") as run:
            self.assertEqual(run["accuracy"].shape, (len(got["rows"]),))
            self.assertIn(b"RoPE at L", run["scheme"][:])
        table = self.done("study", "nbce", "--text", "long.txt", "--steps", 2, "--trials", 2, "-q", "-o", "n", code=1)
        self.assertIn("MISSED", table)
        self.assertEqual((self.dir / "n/table.txt").read_text() + "n/run.h5\n", table)
        self.refused(2, ["study", "nbce"], "--text")
        self.refused(5, ["study", "nbce", "--text", "absent.txt"], "absent.txt")

    # a checkpoint of others

    def test_stories(self):
        model, tokenizer = SHARED / "lm/stories260K.bin", SHARED / "lm/tok512.bin"
        if not model.exists():
            self.skipTest("no " + str(model))
        page = (SHARED / "lm/stories260K.md").read_text(encoding="utf-8")
        story = page[page.index("Once upon a time"):]
        story = story[:story.index("\n```")]
        words = ("generate", "--model", model, "--tokenizer", tokenizer)
        told = self.done(*words, "--greedy", "--max-tokens", 256)
        self.assertEqual(told.split()[:len(story.split())], story.split())
        self.refused(2, ["generate", "--model", model], "--tokenizer")
        self.refused(2, [*words, "--prompt", "word " * 600], "room for 512")
        self.refused(2, ["generate", "--model", self.home / "causal", "--tokenizer", tokenizer, "--prompt", "a"],
                     "do not belong together")
        (self.dir / "cut.bin").write_bytes(model.read_bytes()[:-40])
        self.refused(5, ["generate", "--model", "cut.bin", "--tokenizer", tokenizer], "cut.bin")
        both = self.done(*words, "--guidance", 0.5, "--prompt", "Once upon", "--max-tokens", 5)
        self.assertTrue(both.startswith("Once upon"))


if __name__ == "__main__":
    DYNKIN, SHARED = os.path.abspath(sys.argv.pop(1)), pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
