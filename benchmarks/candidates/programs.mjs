/** Whole programs, compared as commands (P14). */
export const candidates = [
  { id: 'offloop-map', label: '`offloop map`', group: 'ours' },
  { id: 'thumbnails-by-hand', label: 'worker_threads by hand', group: 'by hand' },
  { id: 'thumbnails-one-thread', label: 'one thread', group: 'one thread' },
];
