import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { types } from 'node:util';
import { CancelledError, OffloopError, RemoteError, SerializationError, WorkerLostError } from '#offloop/errors.js';
import { decodeError, encodeError, type DecodeErrorOptions } from '#offloop/transport/error-codec.js';

/** As a worker's answer travels: through structured clone. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- shorthand for the assertion each case needs
function roundTrip<E = Error & Record<string, unknown>>(value: unknown, options?: DecodeErrorOptions): E {
  return decodeError(structuredClone(encodeError(value)), options) as E;
}

class HttpError extends Error {
  static made = 0;
  readonly status: number;
  constructor(status: number) {
    super(`status ${status}`);
    HttpError.made += 1;
    this.status = status;
  }
}

describe('errors on the wire', () => {
  it('a builtin error keeps class, message and stack', () => {
    const original = new RangeError('too far');
    const arrived = roundTrip(original);
    assert.ok(arrived instanceof RangeError);
    assert.ok(types.isNativeError(arrived));
    assert.equal(arrived.message, 'too far');
    assert.equal(arrived.stack, original.stack);
    assert.deepEqual(Object.keys(arrived), []);
  });

  it('an error without a message has no own message', () => {
    assert.equal(Object.hasOwn(roundTrip(new Error()), 'message'), false);
  });

  it('a user class that cannot be found becomes a class of that name above the nearest known one', () => {
    class TooBig extends RangeError {}
    const first = roundTrip(new TooBig('a'));
    assert.equal(first.constructor.name, 'TooBig');
    assert.ok(first instanceof RangeError);
    assert.equal(roundTrip(new TooBig('b')).constructor, first.constructor);
  });

  it('a user class that can be found is used, and its constructor does not run', () => {
    const original = new HttpError(404);
    const before = HttpError.made;
    const arrived = roundTrip(original, { resolveClass: (name) => (name === 'HttpError' ? HttpError : undefined) });
    assert.ok(arrived instanceof HttpError);
    assert.equal(arrived.status, 404);
    assert.equal(HttpError.made, before);
  });

  it('a resolver that throws, or answers with no error class, costs only the class', () => {
    const throwing = (): Function => {
      throw new Error('resolver');
    };
    assert.equal(roundTrip(new HttpError(500), { resolveClass: throwing }).message, 'status 500');
    assert.ok(roundTrip(new HttpError(500), { resolveClass: () => Map }) instanceof Error);
  });

  it('our own errors come back as our own classes with their fields', () => {
    const lost = roundTrip<WorkerLostError>(new WorkerLostError('gone', { workerId: 3, exitCode: 9, taskName: 'f' }));
    assert.ok(lost instanceof WorkerLostError);
    assert.ok(lost instanceof OffloopError);
    assert.deepEqual(
      [lost.name, lost.code, lost.workerId, lost.exitCode, lost.taskName],
      ['WorkerLostError', 'ERR_OFFLOOP_WORKER_LOST', 3, 9, 'f'],
    );
    const cancelled = roundTrip<CancelledError>(new CancelledError({ why: 'x' }, 'deadline'));
    assert.ok(cancelled instanceof CancelledError);
    assert.deepEqual([cancelled.reason, cancelled.source], [{ why: 'x' }, 'deadline']);
    assert.ok(roundTrip(new SerializationError('args[0]', 'no')) instanceof SerializationError);
  });

  it('a user class with the name of one of ours is not taken for ours', () => {
    const Other = { TimeoutError: class extends Error {} }.TimeoutError;
    const arrived = roundTrip(new Other('x'));
    assert.equal(arrived.constructor.name, 'TimeoutError');
    assert.equal(arrived instanceof OffloopError, false);
  });

  it('a user class derived from ours is an instance of ours', () => {
    class Stop extends CancelledError {}
    const arrived = roundTrip(new Stop('enough'));
    assert.ok(arrived instanceof CancelledError);
    assert.equal(arrived.constructor.name, 'Stop');
  });

  it('errors of the file system keep code, errno, syscall and path', () => {
    let original: unknown;
    try {
      readFileSync('/no/such/file');
    } catch (error) {
      original = error;
    }
    const { code, errno, syscall, path } = roundTrip(original);
    assert.deepEqual(
      { code, errno, syscall, path },
      { code: 'ENOENT', errno: -2, syscall: 'open', path: '/no/such/file' },
    );
  });

  it('errors of Node itself keep class and code', () => {
    let original: unknown;
    try {
      Buffer.from(5 as unknown as string);
    } catch (error) {
      original = error;
    }
    const arrived = roundTrip(original);
    assert.ok(arrived instanceof TypeError);
    assert.equal(arrived['code'], 'ERR_INVALID_ARG_TYPE');
    assert.equal(arrived.name, 'TypeError');
  });

  it('own properties keep value and enumerability', () => {
    const original = Object.assign(new Error('x', { cause: 'why' }), {
      code: 'E_X',
      data: { list: [1, new Map([[1, 2]])] },
    });
    const arrived = roundTrip(original);
    assert.deepEqual(Object.keys(arrived), ['code', 'data']);
    assert.deepEqual(arrived['data'], original.data);
    assert.equal(arrived.cause, 'why');
    assert.equal(Object.getOwnPropertyDescriptor(arrived, 'cause')?.enumerable, false);
  });

  it('a property called __proto__ stays a property', () => {
    const original = Object.defineProperty(new Error('x'), '__proto__', { value: { polluted: 1 }, enumerable: true });
    const arrived = roundTrip(original);
    assert.ok(Object.hasOwn(arrived, '__proto__'));
    assert.equal(arrived['polluted'], undefined);
  });

  it('a chain of causes arrives with every class', () => {
    const arrived = roundTrip(new Error('a', { cause: new HttpError(1) }));
    assert.equal((arrived.cause as Error).constructor.name, 'HttpError');
    assert.equal((arrived.cause as HttpError).status, 1);
  });

  it('a chain of five thousand causes arrives', () => {
    let error = new Error('0');
    for (let index = 1; index < 5_000; index += 1) error = new Error(String(index), { cause: error });
    const arrived = decodeError(encodeError(error)) as Error;
    assert.equal((arrived.cause as Error).message, '4998');
  });

  it('AggregateError keeps its errors', () => {
    const arrived = roundTrip<AggregateError>(new AggregateError([new TypeError('a'), 5, new HttpError(2)], 'many'));
    assert.ok(arrived instanceof AggregateError);
    assert.ok(arrived.errors[0] instanceof TypeError);
    assert.equal(arrived.errors[1], 5);
    assert.equal((arrived.errors[2] as HttpError).status, 2);
    assert.equal(Object.getOwnPropertyDescriptor(arrived, 'errors')?.enumerable, false);
  });

  it('cycles and shared errors keep their shape', () => {
    const shared = new Error('shared');
    const original = Object.assign(new Error('a', { cause: shared }), {
      again: shared,
    });
    shared.cause = original;
    const arrived = roundTrip(original);
    assert.equal(arrived.cause, arrived['again']);
    assert.equal((arrived.cause as Error).cause, arrived);
  });

  it('errors inside plain objects and arrays of a property keep their class', () => {
    const original = Object.assign(new Error('a'), { context: { attempts: [{ error: new HttpError(3) }] } });
    const context = roundTrip(original)['context'] as { attempts: { error: HttpError }[] };
    assert.equal(context.attempts[0]?.error.status, 3);
  });

  it('a property that cannot be sent is left out with a note, and the rest arrives', () => {
    const original = Object.assign(new Error('a'), { code: 'X', socket: { on: () => {} }, sym: Symbol('s') });
    Object.defineProperty(original, 'bad', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    const arrived = roundTrip(original);
    assert.equal(arrived['code'], 'X');
    assert.deepEqual(Object.keys(arrived), ['code']);
    assert.match(String(arrived.stack), /not sent: socket\.on is the function on/);
    assert.match(String(arrived.stack), /not sent: bad is a getter that throws/);
  });

  it('DOMException keeps name and code', () => {
    const arrived = roundTrip<DOMException>(new DOMException('stop', 'AbortError'));
    assert.ok(arrived instanceof DOMException);
    assert.deepEqual([arrived.name, arrived.message, arrived.code], ['AbortError', 'stop', 20]);
  });

  it('a name set on the instance or on the prototype is kept', () => {
    class Named extends Error {
      override get name(): string {
        return 'FromPrototype';
      }
    }
    assert.equal(roundTrip(new Named('x')).name, 'FromPrototype');
    assert.equal(roundTrip(Object.assign(new Error('x'), { name: 'OnInstance' })).name, 'OnInstance');
  });

  it('what is no error is thrown as it is', () => {
    for (const value of [undefined, null, 0, '', false, Number.NaN, 'text', 5n]) {
      assert.ok(Object.is(roundTrip(value), value), `${String(value)} arrives as itself`);
    }
    assert.deepEqual(roundTrip({ status: 5 }), { status: 5 });
  });

  it('what is no error and cannot be sent becomes a RemoteError that shows it', () => {
    for (const value of [() => 1, Symbol('oh'), { fn: () => 1 }, Promise.resolve()]) {
      const arrived = roundTrip(value);
      assert.ok(arrived instanceof RemoteError);
      assert.match(
        arrived.message,
        /cannot be sent was thrown: (function value|an anonymous function|Symbol\(oh\)|an object|an instance of Promise)/,
      );
    }
  });

  it('the stack reads: remote frames, who, local frames', () => {
    const original = new Error('boom');
    original.stack = 'Error: boom\n    at remote (file:///job.js:1:1)';
    const localStack = 'Error\n    at submit (file:///app.js:2:2)';
    assert.equal(
      roundTrip(original, { where: 'worker pool_0', localStack }).stack,
      [
        'Error: boom',
        '    at remote (file:///job.js:1:1)',
        '    --- in worker pool_0; submitted from: ---',
        '    at submit (file:///app.js:2:2)',
      ].join('\n'),
    );
  });

  it('an error whose stack is no string, or throws, still arrives', () => {
    const odd = Object.defineProperty(new Error('odd'), 'stack', { value: [1, 2] });
    assert.match(String(roundTrip(odd, { where: 'w' }).stack), /^Error: odd\n {4}--- in w ---$/);
    const worse = Object.defineProperty(new Error('worse'), 'stack', {
      get: () => {
        throw new Error('no');
      },
    });
    assert.equal(roundTrip(worse).message, 'worse');
  });

  it('a proxy around an error that fails every question still ends in an error', () => {
    const hostile = new Proxy(new Error('x'), {
      getPrototypeOf: () => Error.prototype,
      get: () => {
        throw new TypeError('trap');
      },
      ownKeys: () => {
        throw new TypeError('trap');
      },
    });
    assert.ok(roundTrip(hostile) instanceof RemoteError);
  });
});
