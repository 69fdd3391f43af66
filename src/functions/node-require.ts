import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * Node's `require`: for built-in modules when they are first needed, and for the cache of CommonJS modules, which is one
 * for the whole thread. In a CommonJS bundle `import.meta.url` is missing; any place will do then.
 */
const here: string | undefined = import.meta.url;
export const nodeRequire: NodeJS.Require = createRequire(here ?? join(process.cwd(), '[offloop]'));
