import { globalPath, isNative } from './intrinsics.ts';
import { codePosition } from './natives.ts';
import { scriptOf, type Script } from './script.ts';

/** Whether a script is what somebody typed: a line of the REPL, `node -e`, or standard input. */
export function isTyped({ file }: Script): boolean {
  return /^(?:REPL\d*|\[eval\d*\]|\[stdin\d*\])(?:-wrapper)?$/.test(file);
}

/**
 * Whether a global of this name was declared by typing: `function f() {}` and `var x` in the REPL and in `node -e` become
 * properties of the global object, which the worker's has not.
 */
export function isTypedGlobal(name: string, script: Script): boolean {
  if (!isTyped(script)) return false;
  const property = Object.getOwnPropertyDescriptor(globalThis, name);
  if (property?.enumerable !== true || !('value' in property)) return false;
  const value: unknown = property.value;
  if (typeof value !== 'function')
    return typeof value !== 'object' || value === null || globalPath(value) === undefined;
  if (isNative(value) || globalPath(value) !== undefined) return false;
  const position = codePosition(value);
  const owner = position === undefined ? undefined : scriptOf(value, position.scriptId);
  return owner !== undefined && !owner.file.startsWith('node:');
}
