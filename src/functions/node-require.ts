import { join } from 'node:path';

/**
 * Node's `require`: for built-in modules when they are first needed, and for the cache of CommonJS modules, which is one
 * for the whole thread. In a CommonJS bundle `import.meta.url` is missing; any place will do then.
 *
 * `createRequire` is not imported: webpack would put its own stand-in where that is called.
 */
const { createRequire } = process.getBuiltinModule('node:module');
const here: string | undefined = import.meta.url;
export const nodeRequire: NodeJS.Require = createRequire(here ?? join(process.cwd(), '[offloop]'));
