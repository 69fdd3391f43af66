/** Runs in Python, not here: `python/child.py` speaks the protocol of `harness/child.mjs`. */
const python = { group: 'python', command: 'python3', script: 'candidates/python/child.py' };

export const candidates = [
  { ...python, id: 'python-threads', label: 'Python, ThreadPoolExecutor', pace: 8 },
  { ...python, id: 'python-processes', label: 'Python, ProcessPoolExecutor', pace: 0.3 },
];
