/** What a person at the terminal sees: one line a step. */
export interface Console {
  /** Runs a step, says its name, then how long it took. */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  say(line: string): void;
}

/** Writes to standard output; a terminal sees the running step too. */
export function createConsole(out: NodeJS.WriteStream): Console {
  const live = out.isTTY;
  return {
    async step(name, work) {
      const started = Date.now();
      if (live) out.write(`  … ${name}`);
      const done = (mark: string) => {
        const seconds = ((Date.now() - started) / 1000).toFixed(1);
        out.write(`${live ? "\r\u001b[2K" : ""}  ${mark} ${name.padEnd(44)} ${seconds.padStart(5)} s\n`);
      };
      try {
        const value = await work();
        done("✓");
        return value;
      } catch (error) {
        done("✗");
        throw error;
      }
    },
    say: (line) => void out.write(`${line}\n`),
  };
}
