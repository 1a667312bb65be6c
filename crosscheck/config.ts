/** How many random clusters are compared, and from which seed; a longer run is asked for by these variables. */
export interface CrosscheckConfig {
  readonly runs: number;
  readonly seed: number;
}

function readCount(name: string, fallback: number): number {
  const text = process.env[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`${name} is \`${text}\`: set it to a whole number from 1`);
  return value;
}

/** Reads ISTHMUS_CROSSCHECK_RUNS and ISTHMUS_CROSSCHECK_SEED. */
export const readConfig = (): CrosscheckConfig => ({
  runs: readCount("ISTHMUS_CROSSCHECK_RUNS", 600),
  seed: readCount("ISTHMUS_CROSSCHECK_SEED", 20_261_123),
});
