// Makes the files of this folder with the library `tokenizers` (npm, 0.23.2): small tokenizers trained on CORPUS, and
// the tokens the library gives for texts that are hard to split.
//
//   npm install tokenizers && node make.js CORPUS OUTPUT_DIRECTORY N_RANDOM_TEXTS
const fs = require('fs');
const { Tokenizer, BPE, byteLevelAlphabet } = require('tokenizers');

const [corpus, output, nRandom] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const nMerges = 200;

const llama3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" +
  "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const byteLevel = (use_regex, add_prefix_space = false) =>
  ({ type: 'ByteLevel', add_prefix_space, trim_offsets: true, use_regex });
const split = (pattern) => ({ type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false });
const sequence = (...pretokenizers) => ({ type: 'Sequence', pretokenizers });
const sentencePieceDecoder = {
  type: 'Sequence', decoders: [{ type: 'Replace', pattern: { String: '\u2581' }, content: ' ' }, { type: 'ByteFallback' },
    { type: 'Fuse' }, { type: 'Strip', content: ' ', start: 1, stop: 0 }] };
const prependAndReplace = {
  type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '\u2581' },
    { type: 'Replace', pattern: { String: ' ' }, content: '\u2581' }] };
const metaspace = (prepend_scheme, split) => ({ type: 'Metaspace', replacement: '\u2581', prepend_scheme, split });

const kinds = {
  gpt2: { pre: byteLevel(true), decoder: byteLevel(true), special: ['<|endoftext|>'] },
  llama3: { pre: sequence(split(llama3), byteLevel(false)), decoder: byteLevel(true), ignore_merges: true,
    special: ['<|begin_of_text|>', '<|end_of_text|>'], plain: ['<tool>', '<tool>s'] },
  digits: { pre: sequence({ type: 'Digits', individual_digits: true }, byteLevel(true)), decoder: byteLevel(true),
    special: ['<|endoftext|>', '<|im_start|>'] },
  llama2: { normalizer: prependAndReplace, decoder: sentencePieceDecoder, special: ['<unk>', '<s>', '</s>'], bytes: true },
  metaspace: { pre: metaspace('first', false), decoder: sentencePieceDecoder, special: ['<unk>', '<s>', '</s>'],
    bytes: true },
  metaspace_words: { pre: metaspace('always', true), decoder: metaspace('always', true), special: ['<unk>'] },
};

const byteNames = [...Array(256).keys()].map((b) => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`);
const added = (content, id, special) =>
  ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special });

// The vocabulary and the first merges of a tokenizer trained with the same steps.
function model(kind) {
  const file = { version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: kind.normalizer ?? null,
    pre_tokenizer: kind.pre ?? metaspace('always', true), post_processor: null, decoder: null,
    model: { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null,
      fuse_unk: false, byte_fallback: false, ignore_merges: false, vocab: {}, merges: [] } };
  const trained = Tokenizer.fromString(JSON.stringify(file));
  trained.train([corpus]);
  const path = `${output}/trained.tmp`;
  trained.save(path);
  const { vocab, merges } = JSON.parse(fs.readFileSync(path, 'utf8')).model;
  fs.unlinkSync(path);
  const first = merges.slice(0, nMerges);
  const pieces = new Set(first.map(([a, b]) => a + b));
  const products = new Set(merges.map(([a, b]) => a + b));
  const bytes = kind.decoder.type === 'ByteLevel';
  const letters = bytes ? byteLevelAlphabet() : Object.keys(vocab).filter((t) => !products.has(t)).sort().slice(0, 150);
  const names = [...(kind.special && !bytes ? kind.special : []), ...(kind.bytes ? byteNames : []), ...letters, ...pieces];
  const numbers = Object.fromEntries(names.map((name, id) => [name, id]));
  const known = first.filter(([a, b]) => a in numbers && b in numbers);
  return { numbers, merges: known };
}

function tokenizerOf(kind) {
  const { numbers, merges } = model(kind);
  let next = Object.keys(numbers).length;
  const specials = (kind.special ?? []).map((name) => added(name, numbers[name] ?? next++, true));
  const plain = (kind.plain ?? []).map((name) => added(name, next++, false));
  return { version: '1.0', truncation: null, padding: null, added_tokens: [...specials, ...plain],
    normalizer: kind.normalizer ?? null, pre_tokenizer: kind.pre ?? null, post_processor: null, decoder: kind.decoder,
    model: { type: 'BPE', dropout: null, unk_token: kind.special.includes('<unk>') ? '<unk>' : null,
      continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: kind.special.includes('<unk>'),
      byte_fallback: Boolean(kind.bytes), ignore_merges: Boolean(kind.ignore_merges), vocab: numbers, merges } };
}

const texts = [
  '', ' ', '  ', 'a', ' a', '  a', 'Hello world', "It's we'll I'm THEY'RE don'T '", "'\u017f 'S 'l 'r", "a'b''s",
  '1234567 12 3', 'x1y22z333', '\u0661\u0662\u0663 \u2167 \u00bd\u00b2', 'caf\u00e9 na\u00efve \u00c5ngstr\u00f6m',
  'line\nline\r\n\r\n  next', '\n\n\n', ' \n ', 'tabs\t\tand   spaces   ', '\u3000\u5e8a\u524d\u660e\u6708\u5149\u3002',
  '\u7591\u662f\u5730\u4e0a\u971c', 'a\u00a0b\u2003c', '!!!???\n\n...', ' !?\n', '#hash @at $1.50', 'e\u0301 \u0928\u093f',
  '\ud83c\udf19 moon \ud83d\udc68\u200d\ud83d\udc69', '<s>x</s> <unk>', 'x<|endoftext|>y', ' <tool>s<tool> ',
  '<|begin_of_text|>The<|im_start|> End', '\u2581x \u2581', 'the the the ThE', '\u0000\u0001', 'A\u200bB', '\ufeffx'];

let state = 1;
const random = (n) => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return Math.floor((state / 2 ** 32) * n); };
const alphabet = [...'aeo  \n\r\t\'sStTl1290.,!<>|_\u00e9\u660e\u6708\u3000\u00a0\u0661\u2167\u00bd\ud83c\udf19\u0301\u017f\u2581',
  'the', ' and', "'ll", '<s>', '<tool>', '\r\n', '  '];
for (let i = 0; i < nRandom; ++i) {
  texts.push([...Array(1 + random(14))].map(() => alphabet[random(alphabet.length)]).join(''));
}

async function main() {
  for (const [name, kind] of Object.entries(kinds)) {
    const json = tokenizerOf(kind);
    const tokenizer = Tokenizer.fromString(JSON.stringify(json));
    const cases = [];
    for (const text of texts) {
      const tokens = (await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds();
      const decoded = tokens.length > 0 ? await tokenizer.decode([...tokens], true) : '';
      cases.push(`  ${JSON.stringify({ text, tokens: [...tokens], decoded })}`);
    }
    const file = `{"tokenizer":\n${JSON.stringify(json)},\n"cases": [\n${cases.join(',\n')}\n]}\n`;
    fs.writeFileSync(`${output}/${name}.json`, file);
  }
}
main();
