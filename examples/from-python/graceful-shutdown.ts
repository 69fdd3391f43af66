import { createTask, isCancellation, run, runInExecutor, sleep, ThreadPoolExecutor } from 'offloop';

/** A step of work that must not be torn apart: it blocks its thread until it is done. */
function writeRecord(i: number): string {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  return `record ${i}`;
}

await run(async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });

  const service = createTask(async () => {
    try {
      for (;;) {
        console.log('serving');
        await sleep(60_000);
      }
    } finally {
      console.log('service cleaned up');
    }
  });
  await sleep(0);

  const records = [1, 2, 3].map((i) => runInExecutor(pool, writeRecord, i));
  service.cancel('the program ends');
  try {
    await service;
  } catch (error) {
    if (!isCancellation(error)) throw error;
    console.log('service cancelled: the program ends');
  }

  // What was submitted is finished; nothing new is taken.
  await pool.shutdown();
  for (const record of records) console.log(`written: ${await record}`);
});
