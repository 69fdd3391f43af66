// asyncio's debug mode: `asyncio.run(main(), debug=True)` or PYTHONASYNCIODEBUG=1 names what holds the loop, and what
// was forgotten. Here: `run(main, { debug: true })` or OFFLOOP_DEBUG=1.
import { createTask, getRunningLoop, run, sleep } from 'offloop';

/** Holds the loop's thread, as a blocking library does. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

await run(
  async () => {
    getRunningLoop().slowCallbackDuration = 50;
    const slow = createTask(
      async () => {
        await sleep(1);
        block(120); // reported: this task held the loop for longer than slowCallbackDuration
      },
      { name: 'blocker' },
    );
    createTask(
      async () => {
        throw new RangeError('nobody looks at me');
      },
      { name: 'forgotten' },
    );
    await slow;
    await sleep(10);
    console.log('done');
  },
  { debug: true },
);
