import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram, type Ending } from './run-program.ts';

const PROGRAMS = fileURLToPath(new URL('./programs.js', import.meta.url));
const timeout = 40_000;

const KINDS = ['ThreadPoolExecutor', 'ProcessPoolExecutor'] as const;

const program = (name: string, options: Parameters<typeof runProgram>[1] = {}): Promise<Ending> =>
  runProgram(PROGRAMS, { ...options, args: [name, ...(options.args ?? [])] });

/** It ended by itself, well, and printed this and nothing else. */
function endedWell({ code, signal, stdout, stderr }: Ending, expected: string): void {
  assert.deepEqual({ code, signal, stdout, stderr }, { code: 0, signal: null, stdout: expected, stderr: '' });
}

for (const kind of KINDS) {
  const args = [kind];
  describe(`a program with a busy ${kind}`, { concurrency: 2 }, () => {
    it('CF-SHUT-002 falls off its end: the task completes first', { timeout }, async () => {
      endedWell(await program('fallsOffTheEnd', { args }), 'apple\n');
    });

    it('falls off its end: what is queued completes too', { timeout }, async () => {
      endedWell(await program('fallsOffTheEndWithAQueue', { args }), 'one\ntwo\nthree\n');
    });

    it('CF-SHUT-007 after shutdown({ wait: false }) the task completes and the program ends', { timeout }, async () => {
      endedWell(await program('shutsDownWithoutWaiting', { args }), 'apple\n');
    });

    it('CF-SHUT-011 CF-SHUT-016 a pool that is dropped and collected completes its work', { timeout }, async () => {
      const ending = await program('dropsThePool', { args, execArgv: ['--expose-gc'] });
      assert.deepEqual(ending.stdout.trim().split('\n').toSorted(), ['a', 'b', 'c', 'd']);
      assert.deepEqual([ending.code, ending.stderr], [0, '']);
    });

    it('CF-PPE-017 a dropped pool whose workers retire replaces them and completes its work', { timeout }, async () => {
      endedWell(await program('dropsARetiringPool', { args, execArgv: ['--expose-gc'] }), 'a\nb\nc\n');
    });

    it('awaiting a result at the top of the module works, without code 13', { timeout }, async () => {
      endedWell(await program('awaitsAtTheTop', { args }), 'from the task\nfrom the task\nclosed\n');
    });

    it('awaiting shutdown alone brings all three unequal tasks to their end', { timeout }, async () => {
      const { code, stdout, stderr } = await program('waitsForShutdownOnly', { args });
      // Which worker starts first is open.
      const said = stdout.trim().split('\n');
      assert.equal(said.pop(), 'closed');
      assert.deepEqual(said.toSorted(), ['after 150', 'after 20', 'after 400']);
      assert.deepEqual([code, stderr], [0, '']);
    });

    it('NODE-003 process.exit(7) in a task ends the worker, not the program', { timeout }, async () => {
      endedWell(await program('losesAWorker', { args }), '7 8\n');
    });

    it('NODE-009 a failure nobody looks at is reported once and does not crash the program', { timeout }, async () => {
      const { code, stderr } = await program('ignoresAFailure', { args });
      assert.equal(code, 0);
      assert.equal(stderr.match(/exception was never retrieved/g)?.length, 1, stderr);
      assert.equal(stderr.match(/RangeError: out of range/g)?.length, 1, stderr);
    });

    it(
      'CF-INIT-004 CF-INIT-006 CF-IPE-005 a failing initializer is reported with its error, and the program ends',
      { timeout },
      async () => {
        const { code, stdout, stderr } = await program('hasABadInitializer', { args });
        assert.deepEqual([code, stdout], [0, 'BrokenExecutorError\n']);
        assert.match(stderr, /Exception in initializer/);
        assert.match(stderr, /RangeError: error in initializer/);
      },
    );
  });

  const skip = process.platform === 'win32' && 'Windows has no such limit';

  describe(`a program that runs out of file descriptors with a ${kind}`, { concurrency: 2, skip }, () => {
    const few = { args, descriptors: 64 };

    it(
      'CF-PPE-021 CF-PPE-019 a pool that cannot start a worker fails all its jobs and says why',
      { timeout },
      async () => {
        const told = 'BrokenExecutorError true\n'.repeat(3);
        endedWell(await program('runsOutOfDescriptors', few), `${told}256\n`);
      },
    );

    it('a pool that could not be loaded then works when there are some again', { timeout }, async () => {
      endedWell(await program('hasNoDescriptorsForItsFirstJob', few), 'EMFILE\n256\n');
    });

    it('CF-PPE-021 a pool that has a worker makes do with it', { timeout }, async () => {
      endedWell(await program('runsOutOfDescriptorsWhileItWorks', few), '4\n1 4 9 16 25 36\n');
    });
  });

  describe(`a program that is debugged, with a ${kind}`, () => {
    it('keeps its port to itself', { timeout }, async () => {
      const { code, stdout, stderr } = await program('losesAWorker', { args, execArgv: ['--inspect=127.0.0.1:0'] });
      assert.deepEqual([code, stdout], [0, '7 8\n']);
      assert.equal(stderr.match(/Debugger listening/g)?.length, 1, stderr);
    });
  });

  describe(`a program with an idle ${kind}`, () => {
    it('NODE-005 ends by itself', { timeout }, async () => {
      endedWell(await program('leavesAnIdlePool', { args }), '256\n');
    });
  });
}

describe('a program with busy workers', { concurrency: 2 }, () => {
  it('falls off its end: what a job calls here is called', { timeout }, async () => {
    const { code, stdout, stderr } = await program('fallsOffTheEndOfAJobThatCallsBack');
    // Which of the two pools comes first is open.
    assert.deepEqual(stdout.trim().split('\n').toSorted(), ['apple', 'apple', 'banana', 'banana']);
    assert.deepEqual([code, stderr], [0, '']);
  });

  it('terminate() ends although a worker is in native code before its first task', { timeout }, async () => {
    endedWell(await program('terminatesWhileWorkersStart'), 'cancelled\n');
  });

  it('an error of main ends it at once, with its own code', { timeout }, async () => {
    const { code, stderr } = await program('failsInMain');
    assert.equal(code, 1);
    assert.match(stderr, /RangeError: main failed/);
  });

  it('process.exit() of main waits for nobody', { timeout }, async () => {
    assert.equal((await program('exitsInMain')).code, 5);
  });

  it('a daemon pool does not hold it', { timeout }, async () => {
    endedWell(await program('leavesADaemonPoolBusy'), 'main is done\n');
  });

  it('terminating its pool lets it end', { timeout }, async () => {
    endedWell(await program('terminatesABusyPool'), 'cancelled cancelled\n');
  });

  it('run() waits for the default executor at its end', { timeout }, async () => {
    endedWell(await program('leavesTheDefaultExecutorBusy'), 'apple\nrun ended\n');
  });
});

describe('a program whose tasks left a timer running in their worker', { concurrency: 2 }, () => {
  for (const name of [
    'closesThreadsThatHaveATimerLeft',
    'closesProcessesThatHaveATimerLeft',
    'terminatesThreadsThatHaveATimerLeft',
  ]) {
    it(`shuts its pool down and ends (${name})`, { timeout }, async () => {
      endedWell(await program(name), 'closed\n');
    });
  }
});

describe('a program with idle workers', { concurrency: 2 }, () => {
  it('an idle pool that was given callbacks does not hold it open', { timeout }, async () => {
    endedWell(await program('leavesIdlePoolsThatHadCallbacks'), '8\n8\n');
  });

  it('NODE-005 ends by itself when the workers were never used', { timeout }, async () => {
    endedWell(await program('leavesAnUnusedPool'), '2\n');
  });

  it('NODE-005 ends by itself after toThread without run()', { timeout }, async () => {
    endedWell(await program('usesTheDefaultExecutorOutsideRun'), '32\n');
  });

  it('NODE-005 ends by itself when a pool of run() was left open', { timeout }, async () => {
    endedWell(await program('usesPoolsInRun'), '1 4 9\n');
  });
});

describe('what a program sees of its workers', { concurrency: 2 }, () => {
  it('everything a task printed is out before main goes on', { timeout }, async () => {
    const { code, stdout, stderr } = await program('printsManyLines');
    const lines = stdout.trim().split('\n');
    assert.equal(code, 0);
    assert.deepEqual(new Set(lines), new Set([...Array.from({ length: 500 }, (_, i) => `line ${i}`), 'main is done']));
    assert.equal(lines.length, 501);
    assert.equal(stderr, 'to stderr\n');
  });

  it('NODE-009 a failure that is looked at is not reported', { timeout }, async () => {
    endedWell(await program('looksAtAFailureLate'), 'seen\n');
  });
});

describe('signals under run()', { skip: process.platform === 'win32' && 'Windows has no signals to send' }, () => {
  const interrupt = (marker: string, signals: NodeJS.Signals[]) => {
    const rest = [...signals];
    let seen = 0;
    return (stdout: string, kill: (signal: NodeJS.Signals) => void): void => {
      const lines = stdout.split('\n').filter((line) => marker.split('|').includes(line)).length;
      for (; seen < lines; seen += 1) {
        const signal = rest.shift();
        if (signal !== undefined) kill(signal);
      }
    };
  };

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(
      `NODE-012 ${signal} once cancels main, which cleans up; the program says it was interrupted`,
      { timeout },
      async () => {
        const ending = await program('isInterrupted', { onOutput: interrupt('ready', [signal]) });
        assert.equal(ending.stdout, 'ready\ncleaned up\n');
        assert.ok(ending.code !== 0 || ending.signal !== null, 'an interrupted program does not end with 0');
      },
    );

    it(`NODE-012 ${signal} a second time ends the program with ${code}`, { timeout }, async () => {
      const ending = await program('isInterruptedTwice', { onOutput: interrupt('ready|cleaning', [signal, signal]) });
      assert.equal(ending.stdout, 'ready\ncleaning\n');
      assert.equal(ending.code, code);
    });
  }

  it('NODE-012 SIGINT while main awaits a job that never ends: the program ends', { timeout }, async () => {
    const ending = await program('isInterruptedWhileItsPoolIsBusy', { onOutput: interrupt('ready', ['SIGINT']) });
    assert.equal(ending.stdout, 'ready\n');
    assert.ok(ending.code !== 0 || ending.signal !== null);
  });
});
