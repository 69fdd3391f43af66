import { createRequire, Module } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ModuleNeed } from './definition.ts';
import { loaderHooks } from './loader-hooks.ts';
import { rememberRecipe } from './recipes.ts';

/** Import and `require` as code in one file would have them. */
interface ModuleAccess {
  readonly load: (specifier: string, options?: object) => Promise<object>;
  readonly require: NodeJS.Require;
}

type CompiledModule = NodeJS.Module & { _compile(text: string, filename: string): void };

const accesses = new Map<string, ModuleAccess>();

/**
 * Gives what a slice needs of the module system, resolved against the module it was written in. A Promise for imports,
 * else the thing itself.
 */
export function provideNeed(need: ModuleNeed): unknown {
  if (need.kind === 'import') {
    const options = need.attributes === undefined ? undefined : { with: need.attributes };
    return importFrom(need.base, need.specifier, options).then((namespace) => rememberRecipe(namespace, need));
  }
  if (need.kind === 'import-function')
    return rememberRecipe((specifier: string, options?: object) => importFrom(need.base, specifier, options), need);
  if (need.kind === 'require') return rememberRecipe(accessFrom(need.base).require, need);
  return rememberRecipe(metaOf(need.base), need);
}

function importFrom(base: string, specifier: string, options?: object): Promise<object> {
  if (specifier.startsWith('node:')) return import(specifier) as Promise<object>;
  const hooks = loaderHooks();
  if (hooks === undefined) return accessFrom(base).load(specifier, options);
  return hooks.then(() => accessFrom(base).load(specifier, options));
}

/**
 * A CommonJS module that is nothing but this text, under a name in the right folder: its `import()` resolves as the
 * user's file would, by Node's own resolver, loader hooks included. `import.meta.resolve` with a parent and import
 * callbacks of `node:vm` are behind flags.
 */
function accessFrom(base: string): ModuleAccess {
  const known = accesses.get(base);
  if (known !== undefined) return known;
  const file = base.startsWith('file:') ? fileURLToPath(base) : join(process.cwd(), '[offloop]');
  const module = new Module(file) as CompiledModule;
  module.filename = file;
  module.paths = (Module as unknown as { _nodeModulePaths(folder: string): string[] })._nodeModulePaths(dirname(file));
  module._compile('exports.load = (specifier, options) => import(specifier, options);', file);
  const access = { load: (module.exports as ModuleAccess).load, require: createRequire(file) };
  accesses.set(base, access);
  return access;
}

function metaOf(base: string): object {
  const meta: Record<string, unknown> = { url: base };
  if (base.startsWith('file:')) {
    const filename = fileURLToPath(base);
    meta['filename'] = filename;
    meta['dirname'] = dirname(filename);
  }
  meta['main'] = false;
  meta['resolve'] = (specifier: string): string => resolveFrom(base, specifier);
  return meta;
}

function resolveFrom(base: string, specifier: string): string {
  if (/^\.{0,2}\//.test(specifier) || URL.canParse(specifier)) return new URL(specifier, base).href;
  const found = accessFrom(base).require.resolve(specifier);
  return basename(found) === found ? `node:${found}` : pathToFileURL(found).href;
}
