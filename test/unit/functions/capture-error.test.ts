import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { CaptureError } from '#offloop/index.js';
import { describeFunction } from '#offloop/functions/describe.js';
import { hidden } from '../../fixtures/functions/shapes.js';

const server = createServer();
const emitter = new EventEmitter();

class Account {
  #balance = 1;
  balance(): number {
    return this.#balance;
  }
  reader(): () => number {
    return () => this.#balance;
  }
  method(): string {
    return 'base';
  }
}
class Savings extends Account {
  override method(): string {
    return super.method();
  }
}
function counted(): number {
  return counted.calls;
}
counted.calls = 0;
function inspect(this: unknown, ...rest: unknown[]): unknown {
  return [this, rest];
}

/** The error for a function that cannot be sent, with all that every such message must say. */
function refused(fn: Function): string {
  try {
    describeFunction(fn);
  } catch (error) {
    assert.ok(error instanceof CaptureError, String(error));
    assert.equal(error.code, 'ERR_OFFLOOP_CAPTURE');
    return error.message;
  }
  return assert.fail(`${fn.name} was described`);
}

/** Of a captured variable, it also names the three ways out, and where the variable was declared. */
function refusedFor(variable: string, fn: Function): string {
  const message = refused(fn);
  assert.match(message, new RegExp(`uses \`${variable}\`, declared at file:.*capture-error\\.test\\.js:\\d+:\\d+,`));
  assert.match(message, /as an argument, create it inside the function, or .* initializer/);
  return message;
}

describe('CaptureError', () => {
  it('CF-IPE-006 names a captured variable that cannot travel, what it is and where it was declared', () => {
    const promise = Promise.resolve(1);
    const local = new Account();
    const generator = (function* () {
      yield 1;
    })();
    assert.match(
      refusedFor('server', () => server.listen()),
      /an instance of Server, a class of Node itself/,
    );
    assert.match(
      refusedFor('emitter', () => emitter.emit('x')),
      /an instance of EventEmitter/,
    );
    assert.match(
      refusedFor('promise', () => promise),
      /a Promise \(await it first\)/,
    );
    assert.match(
      refusedFor('local', () => local.balance()),
      /an instance of Account, which has private members/,
    );
    assert.match(
      refusedFor('generator', () => generator.next()),
      /an iterator/,
    );
  });

  it('CF-IPE-007 names the class of an instance that is not to be had in a worker', () => {
    const instance = hidden();
    const anonymous = new (class {
      x = 1;
    })();
    assert.match(
      refusedFor('instance', () => instance.value),
      /Hidden, whose class is not exported/,
    );
    assert.match(
      refusedFor('anonymous', () => anonymous.x),
      /class/,
    );
  });

  it('finds it deep in a captured object', () => {
    const settings = { list: [{ connection: server }] };
    assert.match(
      refusedFor('settings', () => settings.list.length),
      /an instance of Server/,
    );
  });

  it('says that what has something to call may stay here, and says so once', () => {
    const use = (
      () => (): unknown =>
        emitter.listenerCount('x')
    )();
    const promise = Promise.resolve(1);
    const stays = /What can only live on this side stays here, and the job calls it through callback\(fn\)\./g;
    const ways = /Pass what is needed as an argument/g;
    for (const message of [refusedFor('emitter', () => emitter.emit('x')), refusedFor('use', () => use())]) {
      assert.deepEqual([message.match(stays)?.length, message.match(ways)?.length], [1, 1], message);
      assert.match(message, /[^.]\. Pass what is needed .* globalThis\. What can only .*\.$/);
    }
    assert.doesNotMatch(
      refusedFor('promise', () => promise),
      stays,
    );
  });

  it('names the chain when a captured function captures it', () => {
    const use = (
      () => (): unknown =>
        emitter.listenerCount('x')
    )();
    assert.match(
      refusedFor('use', () => use()),
      /cannot be sent: .*`emitter`/,
    );
  });

  it('names a variable that is not initialised yet', () => {
    const read = (): unknown => [late, lateClass];
    assert.match(refusedFor('late', read), /its declaration has not run yet/);
    const late = { x: 1 };
    const lateClass = class {};
    assert.ok(late);
    assert.ok(lateClass);
  });

  it('refuses a function that was given members after its declaration', () => {
    assert.match(
      refused(() => counted()),
      /`counted`.*given the member `counted\.calls`/,
    );
  });

  it('refuses what takes its meaning from the code around it, and says what to write', () => {
    const account = new Account();
    assert.match(refused(account.reader()), /this|private name/);
    assert.match(refused(Savings.prototype.method), /super.*\(\) => new Thing\(\)\.method\(\)/);
    assert.match(refused(account.balance), /private name/);
    function outer(this: unknown): Function[] {
      // oxlint-disable-next-line prefer-rest-params
      return [() => this, () => arguments.length, () => new.target];
    }
    const [ofThis, ofArguments, ofTarget] = outer.call({ rows: 1 }) as [Function, Function, Function];
    assert.match(refused(ofThis), /uses `this` of the code around it at .*const \{ rows \} = this/);
    assert.match(refused(ofArguments), /`arguments` of the function around it.*\.\.\.args/);
    assert.match(refused(ofTarget), /new\.target/);
  });

  it('refuses eval and with, whose variables nobody can know', () => {
    assert.match(
      // oxlint-disable-next-line no-eval
      refused(() => eval('1')),
      /calls eval.*\(0, eval\)/,
    );
    // oxlint-disable-next-line typescript/no-implied-eval
    assert.match(refused(new Function('o', 'with (o) { return x; }')), /with statement/);
  });

  it('refuses what a bound function holds, proxies and functions of the runtime', () => {
    assert.match(refused(inspect.bind(server)), /`this` which cannot travel .* instance of Server/);
    assert.match(refused(inspect.bind(null, 1, server)), /`arguments\[1\]` which cannot travel .* instance of Server/);
    assert.match(refused(new Proxy(() => 1, {})), /a Proxy/);
    assert.match(
      refused(Object.getOwnPropertyDescriptor(Map.prototype, 'size')?.get as Function),
      /function of the runtime itself/,
    );
  });

  it('refuses variables that lead back to the function', () => {
    const box: { fn?: () => unknown } = {};
    box.fn = (
      () => () =>
        box.fn
    )();
    assert.match(refused(box.fn), /lead back to it/);
  });
});
