import { once } from 'node:events';
import http from 'node:http';
import os from 'node:os';
import { limit } from '../harness/bars.mjs';
import { FORMATS } from '../harness/format.mjs';
import { openLoop } from '../harness/open-loop.mjs';
import { quantile } from '../harness/statistics.mjs';

const HEAVY_EVERY = 10;

export const measure = {
  id: 'P15',
  title: 'HTTP server, every tenth request CPU-heavy: p99 of the light ones',
  note:
    'A fixed rate from another process; the same rate of light requests alone, before. The pool has a worker for each' +
    ' core but one.',
  candidates: ['offloop', 'piscina', 'tinypool', 'workerpool', 'no-pool'],
  shapes: (quick) => [
    {
      name: '10 % heavy',
      workers: Math.max(1, os.availableParallelism() - 1),
      perSecond: 300,
      count: quick ? 40 : 600,
      burn: quick ? 1e5 : 1e7,
      rounds: quick ? 1 : 3,
      warmUp: quick ? 0 : 1,
    },
  ],
  format: { value: FORMATS.times, alone: FORMATS.ms, mixed: FORMATS.ms },
  labels: { value: 'mixed / alone', alone: 'p99 alone', mixed: 'p99 with 10 % heavy' },
  bars: [limit({ text: '≤ 1.5 × their p99 alone', better: 'lower', limit: 1.5, format: FORMATS.times })],
  drive,
};

async function drive(session, shape) {
  const { port } = await session.round();
  const { perSecond, count } = shape;
  const isHeavy = (i) => i % HEAVY_EVERY === HEAVY_EVERY - 1;
  const only = (times) =>
    quantile(
      times.filter((_, i) => !isHeavy(i)),
      0.99,
    );
  const alone = only(await openLoop({ port, perSecond, count, pathOf: () => '/light' }));
  const mixed = only(await openLoop({ port, perSecond, count, pathOf: (i) => (isHeavy(i) ? '/heavy' : '/light') }));
  return { value: mixed / alone, alone, mixed };
}

export const inChild = {
  async open(candidate, shape) {
    const pool = await candidate.open(shape);
    const respond = async (request, response) => {
      try {
        const body = request.url === '/heavy' ? await pool.run('burn', shape.burn) : 'ok';
        response.end(String(body));
      } catch (error) {
        response.writeHead(500).end(String(error));
      }
    };
    const server = http.createServer((request, response) => void respond(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  },
  round: (server) => ({ port: server.address().port }),
  close: () => undefined, // the process ends here
};
