/** `npm run soak`: the fuzz for as long as OFFLOOP_SOAK_MINUTES says (10), until something fails. */
import { round, warmUp, type Kind } from './fuzz.ts';
import { leftovers, noneButThose } from './leftovers.ts';

const end = performance.now() + Number(process.env['OFFLOOP_SOAK_MINUTES'] ?? 10) * 60_000;
const kinds: readonly Kind[] = ['thread', 'process'];
let seed = Number(process.env['OFFLOOP_FUZZ_SEED'] ?? Date.now() % 1_000_000_007);
let jobs = 0;
for (const kind of kinds) await warmUp(kind);
const before = leftovers();
for (let rounds = 1; performance.now() < end; rounds++, seed++) {
  for (const kind of kinds) {
    try {
      jobs += await round(kind, seed);
    } catch (error) {
      console.error(`OFFLOOP_FUZZ_SEED=${seed} shows it in a ${kind} pool`);
      throw error;
    }
  }
  if (rounds % 20 === 0) {
    const heap = Math.round(process.memoryUsage().heapUsed / 1e6);
    const { children, threads, descriptors } = leftovers();
    const left = `${children.length} children, ${threads} threads, ${descriptors} descriptors`;
    console.log(`${rounds * kinds.length} pools, ${jobs} jobs; ${heap} MB heap, ${left}`);
  }
}
await noneButThose(before);
