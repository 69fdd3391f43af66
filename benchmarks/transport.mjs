// Speed of the transport alone: one channel to each worker, no pool, beside bare postMessage in the same run.
//   node benchmarks/transport.mjs [factor]
import { availableParallelism } from 'node:os';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { ParentChannel } from '../build/src/transport/parent-channel.js';
import { ParentDoorbell } from '../build/src/transport/parent-doorbell.js';
import { LATER } from '../build/src/transport/protocol.js';
import { WorkerChannel } from '../build/src/transport/worker-channel.js';

const ECHO = 0;
const SPIN_20_US = 1;
const TOUCH = 2;
const MOVE = 3;

function work(target, value) {
  if (target === SPIN_20_US) for (const end = performance.now() + 0.02; performance.now() < end;);
  if (target === TOUCH) return value[0];
  return value;
}

if (isMainThread) await main();
else if (workerData.channel === undefined) {
  parentPort.on('message', ([id, target, value]) => {
    parentPort.postMessage([id, work(target, value)], target === MOVE ? [value.buffer] : []);
  });
} else {
  const channel = new WorkerChannel(workerData.channel);
  channel.run({
    request({ ticket, target, values }) {
      const [value] = values;
      if (target !== MOVE) return work(target, value);
      channel.settle(ticket, value, [value.buffer]);
      return LATER;
    },
  });
}

/** `start(send)` is called with a function that sends one more; resolves when all have come back. */
async function drive(workers, inFlight, total, make, send, latencies) {
  let sent = 0;
  let done = 0;
  const began = performance.now();
  await new Promise((resolve) => {
    let at = 0;
    const returned = [];
    const next = (worker) => {
      if (sent === total) return;
      sent += 1;
      at = performance.now();
      const value = make(returned.pop());
      send(worker, value);
    };
    drive.received = (worker, value) => {
      done += 1;
      returned.push(value);
      if (inFlight === 1) latencies.push(performance.now() - at);
      // As with futures: whoever waits goes on in a microtask.
      if (done === total) resolve();
      else queueMicrotask(() => next(worker));
    };
    for (let index = 0; index < inFlight * workers; index += 1) next(index % workers);
  });
  return performance.now() - began;
}

async function ours({ workers, target, transfer }) {
  const doorbell = new ParentDoorbell();
  const pool = Array.from({ length: workers }, (_, index) => {
    const channel = new ParentChannel(doorbell, { reply: (_token, _kind, value) => drive.received(index, value) });
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { channel: channel.data },
      transferList: [channel.data.port],
    });
    return { channel, worker };
  });
  doorbell.hold();
  const send = (worker, value) => {
    const list = transfer ? [value.buffer] : undefined;
    if (pool[worker].channel.post(worker, 0, target, 0, [value], list) === 0) throw new Error('ring full');
  };
  const close = async () => {
    doorbell.release();
    for (const { channel, worker } of pool) {
      channel.close();
      await worker.terminate();
    }
  };
  return { send, close };
}

async function bare({ workers, target, transfer }) {
  const pool = Array.from({ length: workers }, (_, index) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: {} });
    worker.on('message', ([, value]) => drive.received(index, value));
    return worker;
  });
  let id = 0;
  const send = (worker, value) => pool[worker].postMessage([(id += 1), target, value], transfer ? [value.buffer] : []);
  return { send, close: () => Promise.all(pool.map((worker) => worker.terminate())) };
}

function quantile(sorted, q) {
  return sorted[Math.floor(sorted.length * q)];
}

async function measure(candidate, test, total) {
  const { send, close } = await candidate(test);
  const latencies = [];
  await drive(
    test.workers,
    test.inFlight,
    Math.max(test.inFlight * test.workers * 2, total >> 3),
    test.make,
    send,
    latencies,
  );
  latencies.length = 0;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  const ms = await drive(test.workers, test.inFlight, total, test.make, send, latencies);
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  await close();
  latencies.sort((a, b) => a - b);
  return {
    rate: (total / ms) * 1000,
    p50: latencies.length === 0 ? undefined : quantile(latencies, 0.5) * 1000,
    p99: latencies.length === 0 ? undefined : quantile(latencies, 0.99) * 1000,
    cpu: (user + system) / 1000 / ms,
    delay: delay.percentile(99) / 1e6,
  };
}

function show({ rate, p50, p99, cpu, delay }) {
  const latency = p50 === undefined ? '' : ` p50 ${p50.toFixed(1)} µs p99 ${p99.toFixed(1)} µs`;
  return `${Math.round(rate).toLocaleString('en').padStart(9)}/s${latency} (cpu ${cpu.toFixed(1)}, loop p99 ${delay.toFixed(1)} ms)`;
}

async function main() {
  const factor = Number(process.argv[2] ?? 1);
  const object = { id: 12_345, name: 'user-12345', tags: ['a', 'b', 'c'], position: { x: 1.5, y: 2.5 }, active: true };
  const megabyte = new Uint8Array(1_000_000).fill(1);
  const sharedMegabyte = new Uint8Array(new SharedArrayBuffer(1_000_000));
  const number = () => 5;
  const tests = [
    { name: 'number, 512 in flight', inFlight: 512, total: 1_000_000, make: number },
    { name: 'number, 256 in flight, 2 workers', workers: 2, inFlight: 256, total: 1_000_000, make: number },
    { name: 'number, 128 in flight, 4 workers', workers: 4, inFlight: 128, total: 500_000, make: number },
    { name: 'number, 1 in flight', inFlight: 1, total: 30_000, make: number },
    { name: '20 µs of work, 1 in flight', inFlight: 1, total: 10_000, make: number, target: SPIN_20_US },
    { name: 'object, 512 in flight', inFlight: 512, total: 200_000, make: () => object },
    { name: '2 KB string, 128 in flight', inFlight: 128, total: 100_000, make: () => 'x'.repeat(2000) },
    { name: '1 MB copied there, 4 in flight', inFlight: 4, total: 1000, make: () => megabyte, target: TOUCH },
    {
      name: '1 MB moved there and back',
      inFlight: 4,
      total: 1000,
      make: (back) => back ?? new Uint8Array(1_000_000),
      target: MOVE,
      transfer: true,
    },
    { name: '1 MB shared', inFlight: 4, total: 20_000, make: () => sharedMegabyte, target: TOUCH },
  ];
  console.log(`Node ${process.version}, ${availableParallelism()} cores`);
  for (const test of tests) {
    const full = { workers: 1, target: ECHO, transfer: false, ...test };
    const rounds = [];
    for (let round = 0; round < 3; round += 1) {
      const slow = await measure(bare, full, Math.ceil((full.total * factor) / (full.total > 50_000 ? 10 : 1)));
      const fast = await measure(ours, full, full.total * factor);
      rounds.push({ fast, slow, ratio: fast.rate / slow.rate });
    }
    rounds.sort((a, b) => a.ratio - b.ratio);
    const { fast, slow, ratio } = rounds[1];
    console.log(`${full.name}\n  ours  ${show(fast)}\n  bare  ${show(slow)}\n  ratio ${ratio.toFixed(2)}`);
  }
}
