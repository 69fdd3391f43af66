/**
 * A function that is seen to use nothing from outside without a parser, which takes 15 to 25 ms to load: most functions
 * that are written where they are submitted are as small as `(x) => x * 2`.
 *
 * V8 has compiled the text, so its grammar is not in question, only its names. Of a text of plain words, numbers, simple
 * strings and operators each word must be known: a parameter, a variable of the outermost block, a property after a dot or
 * before a colon, or a word of the short list below. Scopes further in can only bind more. Whatever is not understood
 * (comments, templates, regular expressions, patterns, defaults, words not on the list) is left to the parser.
 */
const WORD = '[A-Za-z_$][A-Za-z0-9_$]*';
const HEAD = new RegExp(
  `^(async\\s+)?(?:function(?![A-Za-z0-9_$])\\s*\\*?\\s*(?:${WORD})?\\s*\\(([^()]*)\\)\\s*(?=\\{)|\\(([^()]*)\\)\\s*=>\\s*|(${WORD})\\s*=>\\s*)`,
);
const PARAMETERS = new RegExp(`^\\s*(?:${WORD}\\s*(?:,\\s*${WORD}\\s*)*,?\\s*)?$`);
const TOKEN = new RegExp(
  `\\s+|(${WORD})|\\.?\\d[A-Za-z0-9_.]*|"[^"\\\\\\n\\r]*"|'[^'\\\\\\n\\r]*'|\\.\\.\\.|\\?\\.(?!\\d)|=>|[-+*%=<>!&|^~?:;,.(){}[\\]]`,
  'y',
);
/** Words that bind nothing and take nothing from the surroundings. */
const KEYWORDS = new Set(
  'return if else while do throw typeof void null true false in instanceof new break continue'.split(' '),
);
const DECLARES = new Set(['const', 'let', 'var']);
/** Never a parameter's name here: they have a meaning of their own, or may get one. */
const SPECIAL = new Set(['arguments', 'eval', 'async', 'await', 'yield', 'let', 'static']);
const LONGEST = 2000;

interface Token {
  readonly text: string;
  readonly isWord: boolean;
  /** Brackets around it. */
  readonly depth: number;
}

/**
 * V8's start position in `(text)` of a function that certainly uses nothing from outside; `undefined` where only the
 * parser can tell.
 */
export function closedStart(text: string): number | undefined {
  if (text.length > LONGEST) return undefined;
  const head = HEAD.exec(text);
  if (head === null) return undefined;
  const [whole, isAsync, ofFunction, ofArrow, single] = head;
  const parameters = ofFunction ?? ofArrow ?? single ?? '';
  const tokens = PARAMETERS.test(parameters) ? tokensOf(text, whole.length) : undefined;
  if (tokens === undefined) return undefined;
  const bound = new Set(parameters.split(',').map((name) => name.trim()));
  for (const name of declared(tokens)) bound.add(name);
  for (const name of bound) if (SPECIAL.has(name) || KEYWORDS.has(name)) return undefined;
  if (isAsync !== undefined) bound.add('await');
  const isOpen = tokens.some(({ isWord }, at) => isWord && !isKnown(tokens, at, bound));
  if (isOpen) return undefined;
  return 1 + (ofFunction === undefined ? 0 : text.indexOf('('));
}

function tokensOf(text: string, start: number): readonly Token[] | undefined {
  const tokens: Token[] = [];
  let depth = 0;
  TOKEN.lastIndex = start;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) return undefined;
    const [token, word] = match;
    // Functions within, and what a script may take for a comment.
    if (token === '=>' || (token === '-' && text.startsWith('->', match.index + 1))) return undefined;
    if (token === '<' && text.startsWith('!--', match.index + 1)) return undefined;
    if (/^[)}\]]/.test(token)) depth -= 1;
    if (token.trim() !== '') tokens.push({ text: token, isWord: word !== undefined, depth });
    if (/^[({[]/.test(token)) depth += 1;
  }
  return tokens;
}

/** Variables of the outermost block: those are there all through it. */
function declared(tokens: readonly Token[]): string[] {
  if (tokens[0]?.text !== '{') return [];
  return tokens.flatMap(({ text, depth }, at) => {
    const next = tokens[at + 1];
    const isPlain = depth === 1 && DECLARES.has(text) && next?.isWord === true && !isProperty(tokens, at);
    return isPlain ? [next.text] : [];
  });
}

function isKnown(tokens: readonly Token[], at: number, bound: ReadonlySet<string>): boolean {
  const { text } = tokens[at] as Token;
  const next = tokens[at + 1];
  if (isProperty(tokens, at)) return true;
  // new.target is of the function around an arrow.
  if (text === 'new') return next?.text !== '.';
  if (DECLARES.has(text)) return next?.isWord === true && bound.has(next.text);
  return bound.has(text) || KEYWORDS.has(text);
}

/** After a dot, or before a colon that no conditional can have there. */
function isProperty(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]?.text;
  if (before === '.' || before === '?.') return true;
  return tokens[at + 1]?.text === ':' && (before === '{' || before === ',');
}
