import { OffloopError } from '../errors.ts';
import { show } from '../show.ts';
import { suggestion } from './suggestion.ts';
import type { MapHandler } from './handler.ts';

/** Code of the error for a handler that cannot be loaded: no item of the run can succeed. */
export const HANDLER_ERROR = 'ERR_OFFLOOP_HANDLER';

const TYPESCRIPT = /\.[cm]?tsx?(?:[?#].*)?$/;

/**
 * What Node's own type stripping cannot do and tsx can: enums, imports without an extension or with `.js` for a
 * `.ts` file, types imported as if they were values.
 */
const STRIPPING_LIMITS: ReadonlySet<string> = new Set([
  'ERR_IMPORT_ATTRIBUTE_MISSING',
  'ERR_INVALID_TYPESCRIPT_SYNTAX',
  'ERR_MODULE_NOT_FOUND',
  'ERR_UNSUPPORTED_DIR_IMPORT',
  'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'MODULE_NOT_FOUND',
]);

const loaded = new Map<string, Promise<MapHandler>>();
let tsxRegistered = false;

/**
 * Loads a handler, once in each worker.
 * @throws OffloopError (`ERR_OFFLOOP_HANDLER`) when the module cannot be loaded or does not export the function.
 */
export function loadHandler(url: string, exportName: string): Promise<MapHandler> {
  const id = `${url}#${exportName}`;
  let handler = loaded.get(id);
  if (handler === undefined) {
    handler = importHandler(url, exportName);
    loaded.set(id, handler);
  }
  return handler;
}

async function importHandler(url: string, exportName: string): Promise<MapHandler> {
  let module: Record<string, unknown>;
  try {
    module = await importModule(url);
  } catch (cause) {
    throw new OffloopError(HANDLER_ERROR, `Cannot load the handler module ${shortName(url)}`, { cause });
  }
  const handler = exportOf(module, exportName);
  if (typeof handler === 'function') return handler as MapHandler;
  throw new OffloopError(HANDLER_ERROR, noFunction(url, exportName, handler, module));
}

/** TypeScript goes through Node where it strips types, and through tsx where it does not or cannot. */
async function importModule(url: string): Promise<Record<string, unknown>> {
  // Node keeps a failed import for ever, so what is known to fail is not tried.
  if (TYPESCRIPT.test(url) && !nodeStripsTypes()) await registerTsx();
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    if (tsxRegistered || !needsTsx(url, error)) throw error;
    await registerTsx();
    return (await import(`${url}?tsx`)) as Record<string, unknown>;
  }
}

function nodeStripsTypes(): boolean {
  return Boolean((process.features as { typescript?: false | 'strip' | 'transform' }).typescript);
}

function needsTsx(url: string, error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
    return TYPESCRIPT.test(error.message) || / "\.[cm]?tsx?"/.test(error.message);
  return TYPESCRIPT.test(url) && (STRIPPING_LIMITS.has(code) || error instanceof SyntaxError);
}

/**
 * For the whole worker: it runs this handler and nothing else. tsx's scoped import leaves stack frames of CommonJS
 * modules as `data:` URLs on Node 20.
 */
async function registerTsx(): Promise<void> {
  tsxRegistered = true;
  const [esm, commonJs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')]);
  commonJs.register();
  esm.register();
}

/** A CommonJS module that was compiled from ES syntax has its exports one level down. */
function exportOf(module: Record<string, unknown>, exportName: string): unknown {
  const direct = module[exportName];
  if (typeof direct === 'function') return direct;
  const inner = module['default'];
  return typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[exportName] : direct;
}

function noFunction(url: string, exportName: string, found: unknown, module: Record<string, unknown>): string {
  const functions = Object.keys(module).filter((name) => typeof module[name] === 'function');
  const what = exportName === 'default' ? 'default export' : `export named ${exportName}`;
  const problem = found === undefined ? `has no ${what}` : `has a ${what}, but it is ${show(found)}, not a function`;
  const hint =
    functions.length === 0
      ? 'Export the function to run: export default function (input, context) { … }'
      : `It exports ${functions.join(', ')}: use ${shortName(url)}#${functions[0]}.${suggestion(exportName, functions)}`;
  return `The handler module ${shortName(url)} ${problem}. ${hint}`;
}

function shortName(url: string): string {
  return decodeURIComponent(url.slice(url.lastIndexOf('/') + 1));
}
