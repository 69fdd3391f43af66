import { isProxy } from 'node:util/types';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

/**
 * What V8 knows about a function's code, by three of its own runtime functions: about 0.1 µs a call, no inspector.
 *
 * The alternative, `Debugger.enable`, costs 15–110 ms on the user's loop. `%` syntax is allowed only while the three
 * calls below are compiled. Should V8 throw their bytecode away and compile them again later, that fails with a
 * SyntaxError and they are compiled anew.
 */
interface Natives {
  scriptId(fn: Function): number;
  scriptSource(fn: Function): string | undefined;
  startPosition(fn: Function): number;
}

const SOURCE = `({
  scriptId(fn) { return %FunctionGetScriptId(fn); },
  scriptSource(fn) { return %FunctionGetScriptSource(fn); },
  startPosition(fn) { return %FunctionGetScriptSourcePosition(fn); },
})`;

let compiled: Natives | undefined;
let unavailable = false;

function compile(): Natives {
  const already = process.execArgv.some((flag) => /^--allow[-_]natives[-_]syntax$/.test(flag));
  if (!already) setFlagsFromString('--allow-natives-syntax');
  try {
    const natives = new Script(SOURCE, { filename: 'offloop:natives' }).runInThisContext() as Natives;
    // V8 compiles a function when it is first called; it has to be now.
    natives.scriptId(compile);
    natives.scriptSource(compile);
    natives.startPosition(compile);
    return natives;
  } finally {
    if (!already) setFlagsFromString('--no-allow-natives-syntax');
  }
}

function ask<T>(question: (natives: Natives) => T): T | undefined {
  if (unavailable) return undefined;
  try {
    return question((compiled ??= compile()));
  } catch (error) {
    return askAgain(question, error);
  }
}

function askAgain<T>(question: (natives: Natives) => T, error: unknown): T | undefined {
  if (compiled !== undefined && error instanceof SyntaxError) {
    compiled = compile();
    return question(compiled);
  }
  // Not V8 (Bun), or an embedder that froze its flags: everything that needs the script says so itself.
  unavailable = true;
  return undefined;
}

/** Where in which script a function's code stands. */
export interface CodePosition {
  readonly scriptId: number;
  /** V8's start position: the parenthesis of the parameters, for arrow functions their first character. */
  readonly start: number;
}

/** The code position of `fn`, or `undefined` for native and bound functions, proxies, and engines other than V8. */
export function codePosition(fn: Function): CodePosition | undefined {
  if (isProxy(fn)) return undefined;
  const scriptId = ask((natives) => natives.scriptId(fn));
  if (scriptId === undefined || scriptId < 0) return undefined;
  return { scriptId, start: ask((natives) => natives.startPosition(fn)) ?? -1 };
}

/** The text of the script that holds `fn`, as V8 compiled it. */
export function scriptSource(fn: Function): string | undefined {
  return ask((natives) => natives.scriptSource(fn));
}
