import { channel, type Channel } from 'node:diagnostics_channel';

/**
 * What tasks tell whoever listens. `start` when the first step runs, `end` when the outcome is there. Nothing is built
 * while nobody listens.
 */
export const taskStart: Channel = channel('offloop:task:start');
export const taskEnd: Channel = channel('offloop:task:end');
