/**
 * Makes a thread pool what `runInExecutor(null, …)` and `toThread()` use; imported for this effect. Its threads are
 * called `asyncio_0` and so on, as in Python; they start with its first use.
 */
import { registerDefaultExecutor } from '../core/default-executor.ts';
import { ThreadPoolExecutor } from './thread-pool-executor.ts';

registerDefaultExecutor(() => new ThreadPoolExecutor({ threadNamePrefix: 'asyncio' }));
