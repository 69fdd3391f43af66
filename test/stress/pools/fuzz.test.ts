import { describe, it } from 'node:test';
import { round, warmUp, type Kind } from './fuzz.ts';
import { leftovers, noneButThose } from './leftovers.ts';

/** Longer with `npm run soak`. */
const BUDGET_MS = Number(process.env['OFFLOOP_FUZZ_MS'] ?? 6_000);
const SEED = Number(process.env['OFFLOOP_FUZZ_SEED'] ?? Date.now() % 1_000_000_007);

describe('pools under random work, cancellation, loss and closing', () => {
  for (const kind of ['thread', 'process'] satisfies Kind[]) {
    it(`every future of a ${kind} pool ends exactly once, and nothing is left behind`, async (t) => {
      await warmUp(kind);
      const before = leftovers();
      const end = performance.now() + BUDGET_MS;
      let jobs = 0;
      let rounds = 0;
      for (let seed = SEED; performance.now() < end; seed++) {
        try {
          jobs += await round(kind, seed);
        } catch (error) {
          t.diagnostic(`OFFLOOP_FUZZ_SEED=${seed} shows it`);
          throw error;
        }
        rounds += 1;
      }
      t.diagnostic(`seed ${SEED}: ${jobs} jobs in ${rounds} pools`);
      await noneButThose(before);
    });
  }
});
