import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { cannotSend } from './capture-error.ts';
import type { FunctionDefinition } from './definition.ts';
import { newDefinition } from './live-definitions.ts';
import { isLoading } from './loading.ts';
import { nodeRequire } from './node-require.ts';
import { pathOf, type Script } from './script.ts';

/** The name a CommonJS module exports `fn` under, seen from the module cache; `default` for `module.exports` itself. */
export function commonJsExport(fn: Function, script: Script): string | undefined {
  const path = pathOf(script);
  if (path === undefined) return undefined;
  const exports: unknown = nodeRequire.cache[path]?.exports;
  if (exports === fn) return 'default';
  if (typeof exports !== 'object' || exports === null) return undefined;
  return Object.keys(exports).find((key) => Object.getOwnPropertyDescriptor(exports, key)?.value === fn);
}

/** Names a function as an export of its script. Throws CaptureError. */
export function referenceTo(fn: Function, script: Script, exportName: string): FunctionDefinition {
  if (isLoading(script.url as string))
    throw cannotSend(
      { name: fn.name },
      `its module ${script.url} submits it while a worker imports that module, so each worker would start others without end`,
      'Submit it from a function that the program calls, not from the top of the module.',
    );
  return newDefinition({ kind: 'reference', name: fn.name, url: script.url as string, exportName });
}

/** Whether a script is the program's entry: importing it in a worker would run the program again. */
export function isMainScript(script: Script): boolean {
  const { mainUrls } = mainModule();
  const url = script.url?.replace(/[?#].*$/, '');
  return url === undefined || mainUrls.has(url);
}

let main: { readonly entry: string | undefined; readonly mainUrls: ReadonlySet<string> } | undefined;

function mainModule(): { readonly mainUrls: ReadonlySet<string> } {
  const entry = process.argv[1];
  if (main?.entry === entry && main !== undefined) return main;
  const urls = new Set<string>();
  for (const path of [entry, nodeRequire.main?.filename])
    for (const found of path === undefined ? [] : candidates(path)) urls.add(pathToFileURL(found).href);
  main = { entry, mainUrls: urls };
  return main;
}

/** The entry as given (`node app` for app.js, a link in node_modules/.bin) and the file it leads to. */
function candidates(path: string): string[] {
  const found = [path];
  try {
    const resolved = nodeRequire.resolve(path);
    found.push(resolved, realpathSync(resolved));
  } catch (error) {
    // An entry that only a loader hook can resolve, or none at all (node -e): compared as it stands.
    if (!(error instanceof Error)) throw error;
  }
  return found;
}
