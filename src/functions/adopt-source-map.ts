const adopted = new Set<string>();

/**
 * Tells Node the source map of a script that was not loaded in this thread, so that stacks of slices cut from it are
 * mapped. Node takes maps from modules it loads and from evaluated text that names itself; the latter is this way in.
 */
export function adoptSourceMap(file: string, sourceMap: string): void {
  const { sourceMapsEnabled } = process as { sourceMapsEnabled?: boolean };
  if (sourceMapsEnabled !== true || adopted.has(file)) return;
  adopted.add(file);
  try {
    // oxlint-disable-next-line no-new-func, typescript/no-implied-eval -- the text is two comments
    void new Function(`//# sourceURL=${file}\n//# sourceMappingURL=${sourceMap}\n`);
    // Node 20 reads the map in JavaScript and swallows a worker's termination there; a script compiled in that state
    // crashes the process (a null exception in ContextifyScript::New). A call into Node notices it first.
    process.uptime();
  } catch (error) {
    // --disallow-code-generation-from-strings: stacks then name the compiled file.
    if (!(error instanceof EvalError)) throw error;
  }
}
