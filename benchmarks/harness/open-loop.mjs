import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Sends `count` requests at a fixed rate whatever becomes of them, and gives the time of each from the moment it was
 * due (not from when it could be sent: a slow server must not slow down its own test).
 *
 * @param pathOf the path of request i
 * @returns milliseconds, by request
 */
export async function openLoop({ port, perSecond, count, pathOf }) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  const times = new Float64Array(count);
  const begin = performance.now();
  const answers = [];
  for (let i = 0; i < count; i++) {
    const due = begin + (i * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 1) await sleep(early);
    answers.push(get(agent, port, pathOf(i)).then(() => (times[i] = performance.now() - due)));
  }
  await Promise.all(answers);
  agent.destroy();
  return times;
}

function get(agent, port, path) {
  return new Promise((resolve, reject) => {
    const request = http.get({ agent, port, path, host: '127.0.0.1' }, (response) => {
      response.resume();
      response.once('end', () =>
        response.statusCode === 200 ? resolve() : reject(new RangeError(`${path}: ${response.statusCode}`)),
      );
    });
    request.once('error', reject);
  });
}
