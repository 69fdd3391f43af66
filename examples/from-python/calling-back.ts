/**
 * In Python a thread hands coroutines to the event loop with `asyncio.run_coroutine_threadsafe(coro, loop)` and waits for
 * them with `future.result()`. Here a job gets a function that stays on the loop.
 */
import { callback, run, sleep, ThreadPoolExecutor, type Callback } from 'offloop';

/** What cannot leave this thread: say, a connection. */
const stored = new Map<number, number>();

async function store(n: number, square: number): Promise<number> {
  await sleep(1);
  stored.set(n, square);
  return stored.size;
}

/** Crunches numbers in a thread; blocks there until the loop has stored each. */
function squares(from: number, to: number, store: Callback<[number, number], number>): string {
  let count = 0;
  for (let n = from; n < to; n++) count = store(n, n * n).resultSync({ timeout: 5_000 });
  return `stored ${to - from}, the last as number ${count}`;
}

await run(async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  console.log(await pool.submit(squares, 1, 6, callback(store)));
  console.log(stored);
  await pool.shutdown();
});
