import { run, gather, runInExecutor, ThreadPoolExecutor } from 'offloop';
import { currentThread } from 'offloop/threading';

function executeHello(i: number): number {
  console.log(`Thread ${currentThread().name}: Starting task: ${i}...`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000); // blocks this thread, as time.sleep(1)
  if (i === 2) throw new Error('Boom!');
  return i;
}

await run(async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 4 });
  const futures = Array.from({ length: 20 }, (_, i) => runInExecutor(pool, executeHello, i));
  // A failure is a value here: all twenty tasks run, in about five rounds of four.
  const outcomes = await gather(futures, { returnExceptions: true });
  for (const [i, outcome] of outcomes.entries()) {
    console.log(outcome instanceof Error ? `Task ${i} failed: ${outcome.message}` : `Task ${i} returned ${outcome}`);
  }
});
