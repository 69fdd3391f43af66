import assert from 'node:assert/strict';
import { describe } from 'node:test';
import {
  captureCallGraph,
  createTask,
  formatCallGraph,
  gather,
  shield,
  sleep,
  taskGroup,
  timeout,
  wait,
  type CallGraph,
  type Task,
} from 'offloop';
import { inRun, settle } from './support.js';

/** Names of tasks from the inside out, one branch at a time. */
function names(graph: CallGraph | undefined): unknown {
  assert.ok(graph);
  const own = (graph.future as Task).name ?? graph.future.toString();
  return graph.awaitedBy.length === 0 ? own : [own, ...graph.awaitedBy.map((awaiter) => names(awaiter))];
}

describe('call graph', () => {
  inRun('AIO-GRAPH-001 a child of a group that two more tasks await', async () => {
    let graph: CallGraph | undefined;
    async function innermost(): Promise<void> {
      await sleep(1);
      graph = captureCallGraph();
    }
    const main = createTask(
      () =>
        taskGroup(async (tg) => {
          const child = tg.createTask(innermost, { name: 'child' });
          for (const name of ['one', 'two']) tg.createTask(async () => await child, { name });
          await settle();
        }),
      { name: 'main' },
    );
    await main;
    assert.match(String(graph?.callStack[0]), /innermost/);
    // Who waits first comes first; the group's parent waits for all of them.
    assert.match(JSON.stringify(names(graph)), /"one",\["main"/);
    assert.match(JSON.stringify(names(graph)), /"two",\["main"/);
    assert.match(formatCallGraph(graph as CallGraph), /\* task "child"\n {2}\+ Call stack:\n[^]*\+ Awaited by:\n/);
  });

  inRun('AIO-GRAPH-002 under a gather', async () => {
    let graph: CallGraph | undefined;
    const main = createTask(
      async () => {
        await gather([
          async () => {
            await sleep(1);
            graph = captureCallGraph();
          },
          () => sleep(2),
        ]);
      },
      { name: 'main' },
    );
    await main;
    assert.match(JSON.stringify(names(graph)), /^\["Task-\d+",\["Future",\["main"/);
  });

  inRun('AIO-GRAPH-004 under a shield', async () => {
    let graph: CallGraph | undefined;
    const inner = createTask(
      async () => {
        await sleep(1);
        graph = captureCallGraph();
      },
      { name: 'inner' },
    );
    await createTask(async () => await shield(inner), { name: 'main' });
    assert.match(JSON.stringify(names(graph)), /^\["inner",\["Future",?.*"main"/);
  });

  inRun('AIO-GRAPH-005 in a timeout', async () => {
    let graph: CallGraph | undefined;
    const inner = createTask(
      async () => {
        await sleep(1);
        graph = captureCallGraph();
      },
      { name: 'inner' },
    );
    await createTask(() => timeout(60_000, async () => await inner), { name: 'main' });
    assert.match(JSON.stringify(names(graph)), /^\["inner",(?:\["main",.*|"main")\]/);
  });

  inRun('AIO-GRAPH-006 under a wait()', async () => {
    let graph: CallGraph | undefined;
    const inner = createTask(
      async () => {
        await sleep(1);
        graph = captureCallGraph();
      },
      { name: 'inner' },
    );
    await createTask(async () => void (await wait([inner])), { name: 'main' });
    assert.match(JSON.stringify(names(graph)), /^\["inner",(?:\["main",.*|"main")\]/);
  });

  inRun('AIO-GRAPH-007 a task that awaits a task that awaits a task', async () => {
    let graph: CallGraph | undefined;
    const a = createTask(
      async () => {
        await sleep(1);
        graph = captureCallGraph();
      },
      { name: 'a' },
    );
    const b = createTask(async () => await a, { name: 'b' });
    await createTask(async () => await b, { name: 'c' });
    assert.match(JSON.stringify(names(graph)), /^\["a",\["b",/);
    assert.equal(captureCallGraph(a)?.awaitedBy.length, 0);
  });
});
