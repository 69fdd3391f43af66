import { OffloopError } from '../errors.ts';

/** The command line, or what it points at, is wrong: nothing was run. The program ends with exit code 2. */
export class UsageError extends OffloopError {
  static override readonly brand: string = 'UsageError';
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_OFFLOOP_USAGE', message, options);
  }
}
