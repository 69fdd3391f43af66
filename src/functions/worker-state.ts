/** A variable of the program's script as this worker has it. */
interface Cell {
  value: unknown;
  /** Of the value that came last from the program. */
  version: number;
  /** A function here assigned it since. */
  assigned: boolean;
}

/**
 * The variables of one script that functions assign, as one worker has them. What a function assigns stays, so that an
 * initializer can prepare what later jobs use; a new value from the program replaces it.
 */
export class ScriptState {
  /** What slices read and write: one accessor a variable. */
  readonly variables: Record<string, unknown> = {};
  readonly #cells = new Map<string, Cell>();

  /** Takes a variable's value as it was when a job was submitted. */
  receive(name: string, value: unknown, version: number): void {
    const cell = this.#cells.get(name) ?? this.#add(name);
    if (cell.assigned && cell.version === version) return;
    cell.value = value;
    cell.version = version;
    cell.assigned = false;
  }

  #add(name: string): Cell {
    const cell: Cell = { value: undefined, version: 0, assigned: false };
    this.#cells.set(name, cell);
    Object.defineProperty(this.variables, name, {
      enumerable: true,
      get: () => cell.value,
      set: (value: unknown) => {
        cell.value = value;
        cell.assigned = true;
      },
    });
    return cell;
  }
}
