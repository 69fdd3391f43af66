import type { Edit, Piece, SlicePlan, SliceSubject } from './plan.ts';
import { sliceNames, type SliceNames } from './module-words.ts';
import { lineAndColumn } from './script.ts';
import { isTopLevel, type Scope } from './syntax.ts';
import { targetText } from './target-text.ts';

/** A slice as text, and the line of the user's file its second line stands for. */
export interface WrittenSlice {
  readonly source: string;
  readonly line: number;
}

/**
 * Writes a slice so that every piece stands on the line and, wherever there is room, in the column it has in the script:
 * what is left out becomes blank. Stack traces and source maps of the script then hold for the slice as well.
 *
 * The machinery (parameters, captured values) is on a line of its own before the first.
 */
export function writeSlice(subject: SliceSubject, plan: SlicePlan): WrittenSlice {
  const target = targetText(subject, plan, sliceNames(subject.script.source).result);
  const overlapping = plan.pieces.filter(({ start, end }) => start < target.start && end >= target.end);
  const rest = plan.pieces.filter((piece) => !overlapping.includes(piece) && piece.start !== target.start);
  const stretches = [...rest, target].sort((a, b) => a.start - b.start);
  const first = lineAndColumn(subject.script, (stretches[0] as Piece).start).line;
  const writer = new SliceWriter(subject, plan, first, overlapping);
  writer.open();
  for (const stretch of stretches) writer.write(stretch);
  return { source: writer.close(), line: first - 1 - writer.extraLines };
}

class SliceWriter {
  readonly #subject: SliceSubject;
  readonly #plan: SlicePlan;
  readonly #names: SliceNames;
  readonly #levels: Scope[] = [];
  #text = '';
  #line: number;
  #column = 0;

  readonly #overlapping: readonly Piece[];
  /** Lines that text without a place of its own took: what follows it would else be that much too far down. */
  extraLines = 0;

  constructor(subject: SliceSubject, plan: SlicePlan, firstLine: number, overlapping: readonly Piece[]) {
    this.#overlapping = overlapping;
    this.#subject = subject;
    this.#plan = plan;
    this.#names = sliceNames(subject.script.source);
    this.#line = firstLine - 1;
  }

  /** The line before the first: everything that is not the user's. */
  open(): void {
    const { modules, captured, classes, state, value, result } = this.#names;
    const root = this.#subject.syntax.scopes.scopes.find((scope) => isTopLevel(scope) && scope.upper === null) as Scope;
    const strict = this.#subject.syntax.sourceType === 'module' || root.isStrict || root.childScopes[0]?.isStrict;
    this.#glue(
      `(function (${modules}, ${captured}, ${classes}, ${state}) {${strict ? " 'use strict';" : ''} let ${value}; const ${result} = (fn) => { ${value} = fn; };`,
    );
    for (const [name, expression] of this.#plan.preamble) this.#glue(` const ${name} = ${expression};`);
    this.#glue(this.#captures((scope) => isTopLevel(scope)));
    this.#writeOverlapping((scope) => isTopLevel(scope));
  }

  /** Functions around the target that the target uses: both cannot stand on their lines, so the target does. */
  #writeOverlapping(belongs: (scope: Scope) => boolean): void {
    for (const piece of this.#overlapping) {
      if (!belongs(piece.scope)) continue;
      const text = ` ${piece.prefix}${this.#edited(piece)}${piece.suffix}`;
      this.extraLines += text.split('\n').length - 1;
      this.#glue(text);
      this.#registerClass(piece);
    }
  }

  #registerClass({ start }: Piece): void {
    const own = this.#plan.classes.get(start);
    if (own !== undefined) this.#glue(` ${this.#names.classes}[${own.classAt}] = ${own.name};`);
  }

  write(piece: Piece): void {
    this.#enter(piece);
    this.#glue(piece.prefix);
    this.#moveTo(piece.start);
    const text = this.#edited(piece);
    this.#text += text;
    this.#advance(text);
    this.#glue(piece.suffix);
    this.#registerClass(piece);
  }

  close(): string {
    while (this.#levels.length > 0) this.#leave();
    this.#glue(`; return ${this.#names.value}; })`);
    return this.#text;
  }

  /** Opens and closes blocks until those around `piece` are the ones its names are looked up in. */
  #enter(piece: Piece): void {
    const wanted: Scope[] = [];
    for (let scope: Scope | null = piece.scope; scope !== null && !isTopLevel(scope); scope = scope.upper)
      if (this.#holdsAnything(scope)) wanted.unshift(scope);
    while (this.#levels.length > wanted.length || this.#levels.some((scope, index) => scope !== wanted[index]))
      this.#leave();
    for (const scope of wanted.slice(this.#levels.length)) {
      this.#levels.push(scope);
      this.#glue(opensStrictMode(scope) ? " (function () { 'use strict';" : ' {');
      this.#glue(this.#captures((other) => other === scope));
      this.#writeOverlapping((other) => other === scope);
    }
  }

  #leave(): void {
    this.#glue(opensStrictMode(this.#levels.pop() as Scope) ? ' })();' : ' }');
  }

  #holdsAnything(scope: Scope): boolean {
    return (
      opensStrictMode(scope) ||
      this.#plan.captures.some((capture) => capture.scope === scope) ||
      this.#plan.pieces.some((piece) => piece.scope === scope)
    );
  }

  #captures(belongs: (scope: Scope) => boolean): string {
    return this.#plan.captures
      .map(({ locator, scope, stateKey, statics }, index) =>
        belongs(scope) && stateKey === undefined && statics === undefined
          ? ` let ${locator.name} = ${this.#names.captured}[${index}];`
          : '',
      )
      .join('');
  }

  /** Text of ours: goes where the pen is. */
  #glue(text: string): void {
    this.#text += text;
    this.#column += text.length;
  }

  #moveTo(offset: number): void {
    const { line, column } = lineAndColumn(this.#subject.script, offset);
    if (line > this.#line) {
      this.#text += '\n'.repeat(line - this.#line);
      this.#column = 0;
      this.#line = line;
    }
    if (line === this.#line && column > this.#column) this.#glue(' '.repeat(column - this.#column));
    else if (this.#column > 0) this.#glue(' ');
  }

  #advance(text: string): void {
    const last = text.lastIndexOf('\n');
    if (last === -1) this.#column += text.length;
    else {
      this.#line += text.split('\n').length - 1;
      this.#column = text.length - last - 1;
    }
  }

  #edited({ start, end }: Piece): string {
    const edits: readonly Edit[] = this.#plan.edits.filter((edit) => edit.start >= start && edit.end <= end);
    let text = '';
    let at = start;
    for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
      if (edit.start < at) continue;
      text += this.#subject.script.source.slice(at, edit.start) + edit.text;
      at = edit.end;
    }
    return text + this.#subject.script.source.slice(at, end);
  }
}

/** A function with its own 'use strict', or a class, in sloppy code. */
function opensStrictMode(scope: Scope): boolean {
  return scope.isStrict && scope.upper !== null && !scope.upper.isStrict && !isTopLevel(scope);
}
