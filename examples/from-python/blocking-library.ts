import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gather, ProcessPoolExecutor, run, runInExecutor, toThread } from 'offloop';
import { getSync } from './blocking-http-client.ts';

await run(async () => {
  // The server lives on this event loop: a client that blocked the loop would wait for ever for its answer.
  const server = createServer((request, response) => {
    response.end(`${request.url} for ${String(request.headers['x-reader'] ?? 'anybody')}`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  // null stands for the loop's own pool of threads.
  console.log(await runInExecutor(null, getSync, `${site}/default-executor`));

  // Keyword arguments are one options object.
  console.log(await toThread(getSync, `${site}/keyword-options`, { headers: { 'x-reader': 'Ada' } }));

  // A partial application is an arrow function. It may use what is around it: `site` travels by value.
  const getForGrace = (path: string): string => getSync(site + path, { headers: { 'x-reader': 'Grace' } });
  console.log(await runInExecutor(null, getForGrace, '/partial-application'));

  // The same through processes instead of threads.
  await using pool = new ProcessPoolExecutor({ maxWorkers: 2 });
  const pages = await gather(['/one', '/two', '/three'].map((path) => runInExecutor(pool, getForGrace, path)));
  for (const page of pages) console.log(`from a process: ${page}`);

  server.close();
});
