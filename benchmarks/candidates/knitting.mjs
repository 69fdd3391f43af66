import { Unavailable } from './unavailable.mjs';

async function open() {
  try {
    await import('knitting');
  } catch (cause) {
    throw new Unavailable('knitting is not installed: it is not on npm', { cause });
  }
  throw new Unavailable('knitting is installed, but nobody has written its candidate');
}

export const candidates = [{ id: 'knitting', label: 'knitting', group: 'knitting', pace: 10, open }];
