// One candidate in a process of its own: says what it can do, then does a round of it whenever asked.
import { AsyncLocalStorage } from 'node:async_hooks';

const [candidate, withStorage] = process.argv.slice(2);
// As in a program with a tracer: on Node 20 and 22 one storage in use makes every promise of the process dearer.
if (withStorage === 'storage') new AsyncLocalStorage().enterWith({});

const { measures } = await import(`./${candidate}.mjs`);

process.on('message', async ({ measure, way }) => {
  const start = process.cpuUsage();
  await measures[measure][way]();
  const { user, system } = process.cpuUsage(start);
  process.send({ us: user + system });
});
process.send({
  ways: Object.entries(measures).flatMap(([measure, ways]) => Object.keys(ways).map((way) => ({ measure, way }))),
});
