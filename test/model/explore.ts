import type { SharedOperations } from '#offloop/transport/atomics.js';

/**
 * Runs small programs on shared memory in every possible interleaving.
 *
 * A program is an ordinary function that touches shared memory only through the operations it is given. It is
 * stopped at each of them by an exception and started again from the beginning, the results so far given back to
 * it, so that any state can be left and returned to. States seen before are not explored again: two orders that
 * lead to the same memory and the same results are one. Memory is sequentially consistent, plain reads and
 * writes are steps of their own, and a wait without a time-out that nobody ends is a failure.
 */

/** Plain, unordered access to the same memory, for payloads. */
export interface PlainOperations {
  read(words: Int32Array, index: number): number;
  write(words: Int32Array, index: number, value: number): void;
  /**
   * Says that all the program knows from here on is in `label`. States that differ only in how it got there are one
   * then; without it a loop that goes round any number of times has states without end.
   */
  mark(label: string): void;
}

export interface Agent {
  readonly name: string;
  /** Must behave the same whenever it is given the same results. */
  readonly program: (shared: SharedOperations, plain: PlainOperations) => unknown;
}

export interface Model {
  readonly memory: readonly Int32Array[];
  readonly agents: readonly Agent[];
  /** Looks at what the programs returned, when all have; throws if that is wrong. */
  readonly check: (results: readonly unknown[]) => void;
}

export interface Exploration {
  readonly states: number;
  readonly ends: number;
}

/** Not an error: unwinds a program that has done its step. */
class Suspended {}
const SUSPENDED = new Suspended();

type Result = number | string;

interface Mark {
  readonly label: string;
  readonly at: number;
}

interface State {
  readonly memory: readonly Int32Array[];
  readonly logs: readonly (readonly Result[])[];
  /** Where an agent waits, as `array:index`, until it is notified. */
  readonly waiting: readonly (string | undefined)[];
  readonly results: readonly ({ readonly value: unknown } | undefined)[];
  /** What each program said last with `mark`, and after how many operations. */
  readonly marks: readonly Mark[];
  readonly schedule: readonly string[];
}

/** What a failure says first: the steps that lead there, in order. */
function failure(state: State, message: string, cause?: unknown): Error {
  return new Error(`${message}\nschedule:\n  ${state.schedule.join('\n  ')}`, { cause });
}

/** Explores the whole model; throws with the schedule that fails. */
export function explore(model: Model, limit = 2_000_000): Exploration {
  const none = model.agents.map(() => undefined);
  const stack: State[] = [
    {
      memory: model.memory.map((words) => words.slice()),
      logs: model.agents.map(() => []),
      waiting: none,
      results: none,
      marks: model.agents.map(() => ({ label: '', at: 0 })),
      schedule: [],
    },
  ];
  const seen = new Set<string>();
  let ends = 0;
  for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
    const key = keyOf(state);
    if (seen.has(key)) continue;
    seen.add(key);
    if (seen.size > limit) throw new Error(`More than ${limit} states: make the model smaller`);
    if (state.results.every((result) => result !== undefined)) {
      ends += 1;
      try {
        model.check(state.results.map((result) => result?.value));
      } catch (error) {
        throw failure(state, error instanceof Error ? error.message : String(error), error);
      }
      continue;
    }
    const next = model.agents.flatMap((_, agent) => step(model, state, agent));
    if (next.length === 0) throw failure(state, 'Everybody waits and nobody is going to wake them');
    stack.push(...next);
  }
  return { states: seen.size, ends };
}

function keyOf(state: State): string {
  return `${state.memory.map((words) => words.join()).join('|')}#${state.logs.map((log, agent) => `${state.marks[agent]?.label}:${log.slice(state.marks[agent]?.at).join()}`).join('|')}#${state.waiting.join()}#${state.results.map((result) => result !== undefined).join()}`;
}

/** The state after the next operation of one agent; none if it cannot move. */
function step(model: Model, state: State, agent: number): State[] {
  if (state.results[agent] !== undefined || state.waiting[agent] !== undefined) return [];
  const memory = state.memory.map((words) => words.slice());
  const run = new Run(model.memory, memory, state.logs[agent] as readonly Result[]);
  const waiting = [...state.waiting];
  const logs = [...state.logs];
  const results = [...state.results];
  const marks = [...state.marks];
  let value: unknown;
  let done = false;
  try {
    value = (model.agents[agent] as Agent).program(run.shared, run.plain);
    done = !run.stopped;
  } catch (error) {
    if (!(error instanceof Suspended))
      throw failure(state, `${model.agents[agent]?.name} threw ${String(error)}`, error);
  }
  if (done) results[agent] = { value };
  else if (run.waitsFor !== undefined) waiting[agent] = run.waitsFor;
  else logs[agent] = [...(logs[agent] as readonly Result[]), run.result as Result];
  marks[agent] = run.mark;
  if (run.notified !== undefined) {
    for (const [other, place] of waiting.entries()) {
      if (place !== run.notified) continue;
      waiting[other] = undefined;
      logs[other] = [...(logs[other] as readonly Result[]), 'ok'];
    }
  }
  const line = `${(model.agents[agent] as Agent).name}: ${done ? `ends with ${JSON.stringify(value)}` : run.description}`;
  return [{ memory, logs, waiting, results, marks, schedule: [...state.schedule, line] }];
}

/** One start of a program: replays what it did before, lets it do one operation more, stops it. */
class Run {
  stopped = false;
  result: Result | undefined;
  waitsFor: string | undefined;
  notified: string | undefined;
  description = '';
  mark: Mark = { label: '', at: 0 };
  readonly shared: SharedOperations;
  readonly plain: PlainOperations;
  readonly #arrays: readonly Int32Array[];
  readonly #memory: readonly Int32Array[];
  readonly #log: readonly Result[];
  #position = 0;

  constructor(arrays: readonly Int32Array[], memory: readonly Int32Array[], log: readonly Result[]) {
    this.#arrays = arrays;
    this.#memory = memory;
    this.#log = log;
    this.plain = {
      mark: (label) => {
        if (!this.stopped) this.mark = { label, at: this.#position };
      },
      read: (words, index) => this.#change(words, index, 'read', (old) => old) as number,
      write: (words, index, value) => {
        this.#change(words, index, `write ${value} to`, () => value);
      },
    };
    this.shared = {
      load: (words, index) => this.#change(words, index, 'load', (old) => old) as number,
      store: (words, index, value) => this.#change(words, index, `store ${value} to`, () => value) as number,
      exchange: (words, index, value) => this.#change(words, index, `exchange ${value} with`, () => value) as number,
      add: (words, index, value) => this.#change(words, index, `add ${value} to`, (old) => old + value) as number,
      compareExchange: (words, index, expected, value) =>
        this.#change(words, index, `swap ${expected} for ${value} in`, (old) =>
          old === expected ? value : old,
        ) as number,
      notify: (words, index) =>
        this.#operate(`notify ${this.#name(words, index)}`, () => {
          this.notified = this.#name(words, index);
          return 0;
        }) as number,
      wait: (words, index, expected) =>
        this.#operate(`wait on ${this.#name(words, index)} being ${expected}`, () => {
          if (this.#words(words)[index] !== expected) return 'not-equal';
          this.waitsFor = this.#name(words, index);
          return 'ok';
        }) as 'ok' | 'not-equal',
    };
  }

  /** Every operation that reads a word gives the old value, but for `store`, whose result nobody uses. */
  #change(words: Int32Array, index: number, what: string, change: (old: number) => number): Result {
    return this.#operate(`${what} ${this.#name(words, index)}`, () => {
      const array = this.#words(words);
      const old = array[index] as number;
      array[index] = change(old);
      this.description += ` (${old}${old === array[index] ? '' : ` → ${array[index]}`})`;
      return old;
    });
  }

  #operate(description: string, act: () => Result): Result {
    if (this.stopped) throw SUSPENDED;
    const known = this.#log[this.#position];
    if (known !== undefined) {
      this.#position += 1;
      return known;
    }
    this.stopped = true;
    this.description = description;
    this.result = act();
    throw SUSPENDED;
  }

  #words(words: Int32Array): Int32Array {
    return this.#memory[this.#arrays.indexOf(words)] as Int32Array;
  }

  #name(words: Int32Array, index: number): string {
    return `${this.#arrays.indexOf(words)}:${index}`;
  }
}
