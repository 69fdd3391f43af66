import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CALLING, checkCalls } from './calls.ts';
import { round, type Kind } from './fuzz.ts';
import { children } from './leftovers.ts';

/** Longer with `npm run soak`. */
const BUDGET_MS = Number(process.env['OFFLOOP_FUZZ_MS'] ?? 6_000);
const SEED = Number(process.env['OFFLOOP_FUZZ_SEED'] ?? Date.now() % 1_000_000_007);

describe('callbacks under random work, cancellation, loss and closing', () => {
  for (const kind of ['thread', 'process'] satisfies Kind[]) {
    it(`every call of a ${kind} pool ends with its job, and every job is right`, async (t) => {
      const end = performance.now() + BUDGET_MS;
      let [jobs, calls, rounds] = [0, 0, 0];
      for (let seed = SEED; performance.now() < end; seed++) {
        try {
          jobs += await round(kind, seed, [...CALLING, ...CALLING]);
          calls += await checkCalls();
        } catch (error) {
          t.diagnostic(`OFFLOOP_FUZZ_SEED=${seed} shows it`);
          throw error;
        }
        rounds += 1;
      }
      t.diagnostic(`seed ${SEED}: ${calls} calls of ${jobs} jobs in ${rounds} pools`);
      assert.deepEqual(children(), [], 'no child is left');
    });
  }
});
