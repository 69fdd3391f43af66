import { fileURLToPath, pathToFileURL } from 'node:url';
import { scriptSource } from './natives.ts';
import { ofThread } from './of-thread.ts';
import { scriptFile } from './script-file.ts';

/** A script of this thread, as V8 has it: after type stripping, after the bundler, after the loader hooks. */
export interface Script {
  readonly id: number;
  readonly source: string;
  /** The name stack traces show; empty for `new Function` and its like. */
  readonly file: string;
  /** URL that imports are resolved against; `undefined` if the script has none. */
  readonly url: string | undefined;
  /** Where in `file` the source starts, zero-based; slices do not start at the top. */
  readonly line: number;
  readonly column: number;
  readonly sourceMap: string | undefined;
  /** A slice or source that this thread's loader compiled: its imports and words are already resolved. */
  readonly compiledHere: boolean;
}

/** Programs evaluate code without end (`new Function` in a loop); what is known of their scripts must not grow. */
const MAX_SCRIPTS = 500;
const scripts = new Map<number, Script>();

/** What a loader in this thread compiled, by its text: functions inside it may be described again (nested pools). */
const compiledHere = ofThread('compiled', () => new Map<string, Omit<Script, 'id' | 'source'>>());

/** Lets functions inside a text the loader compiled be described, with the file they first came from. */
export function rememberCompiled(text: string, origin: Omit<Script, 'id' | 'source'>): void {
  compiledHere.set(text, origin);
}

/** Forgets what `rememberCompiled` was told. */
export function forgetCompiled(text: string): void {
  compiledHere.delete(text);
}

/** The script that holds `fn`; `undefined` where V8 does not say. */
export function scriptOf(fn: Function, scriptId: number): Script | undefined {
  const known = scripts.get(scriptId);
  if (known !== undefined) return known;
  const source = scriptSource(fn);
  if (source === undefined) return undefined;
  const script = { id: scriptId, source, ...(compiledHere.get(source) ?? locate(fn, scriptId, source)) };
  if (scripts.size >= MAX_SCRIPTS) scripts.delete(scripts.keys().next().value as number);
  scripts.set(scriptId, script);
  return script;
}

function locate(fn: Function, scriptId: number, source: string): Omit<Script, 'id' | 'source'> {
  // Only `new Function` and eval make a script that starts like this, and they have no name to look for.
  const file = source.startsWith('(function anonymous(') ? '' : scriptFile(fn, scriptId, source);
  return { file, url: urlOf(file), line: 0, column: 0, sourceMap: sourceMapOf(source), compiledHere: false };
}

function urlOf(file: string): string | undefined {
  if (/^(file|data|https?|node):/.test(file)) return file;
  if (/^(\/|[A-Za-z]:[\\/])/.test(file)) return pathToFileURL(file).href;
  return undefined;
}

function sourceMapOf(source: string): string | undefined {
  // Looked for at the end only: the text may quote such a comment anywhere else.
  const start = source.lastIndexOf('//# sourceMappingURL=');
  if (start === -1) return undefined;
  const comment = source.slice(start + '//# sourceMappingURL='.length);
  return /^\S+\s*$/.test(comment) ? comment.trim() : undefined;
}

/** The script's file path, if it is a file. */
export function pathOf(script: Script): string | undefined {
  return script.url?.startsWith('file:') === true ? fileURLToPath(script.url) : undefined;
}

/** `file:line:column` of an offset of the script, as an editor takes it. */
export function positionText(script: Script, offset: number): string {
  const { line, column } = lineAndColumn(script, offset);
  return `${script.file === '' ? 'anonymous code' : script.file}:${line + 1}:${column + 1}`;
}

/** Zero-based line and column, in the user's file, of an offset of the script. */
export function lineAndColumn(script: Script, offset: number): { line: number; column: number } {
  let line = 0;
  let lineStart = 0;
  for (let at = script.source.indexOf('\n'); at !== -1 && at < offset; at = script.source.indexOf('\n', at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  return { line: line + script.line, column: offset - lineStart + (line === 0 ? script.column : 0) };
}
