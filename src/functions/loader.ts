import type { FunctionDefinition } from './definition.ts';
export class FunctionLoader {
  readonly #fns = new Map<number, unknown>();
  load(definition: FunctionDefinition, _captured?: readonly unknown[]): unknown {
    let fn = this.#fns.get(definition.id);
    if (fn === undefined && definition.kind === 'source') {
      fn = (0, eval)(`(${definition.source})`);
      this.#fns.set(definition.id, fn);
    }
    return fn;
  }
}
