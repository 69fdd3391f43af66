import type { TestContext } from 'node:test';

const SEED = Number(process.env['OFFLOOP_FUZZ_SEED'] ?? Date.now() % 1_000_000_007);

/**
 * Runs rounds, each with the next seed, until the time is over; the seed of one that fails is told.
 * @param budgetMs how long; `OFFLOOP_FUZZ_MS` says otherwise.
 * @returns the first seed and how many rounds, for the reader.
 */
export async function seededRounds(
  t: TestContext,
  budgetMs: number,
  round: (seed: number) => Promise<void>,
): Promise<{ readonly seed: number; readonly rounds: number }> {
  const end = performance.now() + Number(process.env['OFFLOOP_FUZZ_MS'] ?? budgetMs);
  let seed = SEED;
  for (; performance.now() < end; seed++) {
    try {
      await round(seed);
    } catch (error) {
      t.diagnostic(`OFFLOOP_FUZZ_SEED=${seed} shows it`);
      throw error;
    }
  }
  return { seed: SEED, rounds: seed - SEED };
}
