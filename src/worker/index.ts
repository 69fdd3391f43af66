export type { FunctionDefinition } from '../functions/definition.ts';
