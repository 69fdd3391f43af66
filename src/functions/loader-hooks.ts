import * as nodeModule from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';

let registered: Promise<void> | undefined;

/**
 * Lets a worker import what the program can where the program runs under tsx: before Node had `registerHooks`, tsx
 * hooked the main thread only. `undefined` where nothing is to be done.
 */
export function loaderHooks(): Promise<void> | undefined {
  if (registered !== undefined || isMainThread || 'registerHooks' in nodeModule) return registered;
  const loader = process.execArgv.find((argument) => /(?:^|=)tsx$|[\\/]tsx[\\/]dist[\\/].*\.mjs$/.test(argument));
  if (loader !== undefined) registered = registerTsx(loader.replace(/^--[\w-]+=/, ''));
  return registered;
}

async function registerTsx(loader: string): Promise<void> {
  const url = /^(?:file:|\/)/.test(loader)
    ? new URL('./esm/api/index.mjs', loader.startsWith('/') ? pathToFileURL(loader) : loader)
    : pathToFileURL(nodeModule.createRequire(join(process.cwd(), 'x')).resolve('tsx/esm/api'));
  const { register } = (await import(url.href)) as { register: () => unknown };
  register();
}
