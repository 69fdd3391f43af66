// Run by channel.test.ts: one request, an unreferenced worker that goes on living, and no word about the end.
import { Harness } from './channel-harness.js';
import * as ask from './channel-worker-targets.js';

const harness = new Harness();
harness.worker.unref();
void harness.call(ask.ECHO_LATER, 'answered').then((value) => {
  console.log(value);
  harness.doorbell.release();
});
