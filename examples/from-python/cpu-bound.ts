import { gather, run, runInExecutor, ThreadPoolExecutor } from 'offloop';

/** Keeps one core busy for a while. On the event loop nothing else would happen meanwhile. */
function countPrimes(below: number): number {
  let primes = 0;
  for (let candidate = 2; candidate < below; candidate += 1) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate && prime; divisor += 1) prime = candidate % divisor !== 0;
    if (prime) primes += 1;
  }
  return primes;
}

await run(async () => {
  let turns = 0;
  const clock = setInterval(() => {
    turns += 1;
  }, 5);

  await using pool = new ThreadPoolExecutor({ maxWorkers: 4 });
  const limits = [100_000, 200_000, 300_000, 400_000];
  const counts = await gather(limits.map((below) => runInExecutor(pool, countPrimes, below)));

  clearInterval(clock);
  for (const [i, count] of counts.entries()) console.log(`${count} primes below ${limits[i]}`);
  console.log(turns > 0 ? 'The loop went on meanwhile.' : 'The loop stood still.');
});
