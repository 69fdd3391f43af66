/** What the program ends with. Scripts depend on these: `--help` lists them. */
export const EXIT_OK = 0;
/** Some inputs failed, or the run itself did. */
export const EXIT_FAILED = 1;
/** The command line, the handler or the output folder is wrong; nothing was written. */
export const EXIT_USAGE = 2;
/** `--halt` ended the run. */
export const EXIT_HALTED = 4;
/** Ctrl-C. */
export const EXIT_INTERRUPTED = 130;
/** SIGTERM. */
export const EXIT_TERMINATED = 143;
/** Whoever read standard output went away, as `head` does. */
export const EXIT_BROKEN_PIPE = 141;
