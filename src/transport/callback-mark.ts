type AnyFunction = (...args: never[]) => unknown;

/** The functions that stay on this side, by what stands for them in arguments. */
const functions = new WeakMap<object, AnyFunction>();
let made = false;

/** On what `CapturedValues` passes on as it is. */
const TRAVELS = Symbol.for('offloop.travels');

/** Makes `mark` stand for `fn` wherever it is sent with a job. Returns `mark`. */
export function markCallback<M extends AnyFunction>(mark: M, fn: AnyFunction): M {
  made = true;
  functions.set(mark, fn);
  Object.defineProperty(mark, TRAVELS, { value: true });
  return mark;
}

/** The function that `value` stands for. */
export function callbackOf(value: object): AnyFunction | undefined {
  return functions.get(value);
}

/** Whether there ever was a callback: most programs have none, and then nothing is made for them. */
export function callbacksExist(): boolean {
  return made;
}
