/** Units of bytes, in the order of their size (IEC 80000-13 and SI). */
const units = [
  ["B", 1],
  ["kB", 1e3],
  ["KiB", 2 ** 10],
  ["MB", 1e6],
  ["MiB", 2 ** 20],
  ["GB", 1e9],
  ["GiB", 2 ** 30],
  ["TB", 1e12],
  ["TiB", 2 ** 40],
] as const;

/** The names of the units of bytes. */
export const unitNames: readonly string[] = units.map(([name]) => name);

/** Bytes from `1500`, `1.5kB` or `64 KiB` without the space; undefined where it is no whole number of bytes. */
export function parseBytes(text: string): number | undefined {
  const [, digits = "", unit = "B"] = /^(\d{1,16}(?:\.\d{1,12})?)([a-z]*)$/i.exec(text) ?? [];
  const factor = units.find(([name]) => name.toLowerCase() === (unit || "B").toLowerCase())?.[1];
  if (digits === "" || factor === undefined) return undefined;
  const [whole = "0", fraction = ""] = digits.split(".");
  // In whole numbers, so that 0.1 is a tenth.
  const scale = 10n ** BigInt(fraction.length);
  const scaled = BigInt(whole + fraction) * BigInt(factor);
  return scaled % scale === 0n ? safe(scaled / scale) : undefined;
}

/** A count from its digits; undefined for anything else. */
export const parseCount = (text: string): number | undefined =>
  /^\d{1,16}$/.test(text) ? safe(BigInt(text)) : undefined;

function safe(value: bigint): number | undefined {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}

/** Bytes in the largest unit of which they are a whole number. */
export function printBytes(bytes: number): string {
  const [name, factor] = units.findLast(([, each]) => bytes >= each && bytes % each === 0) ?? units[0];
  return name === "B" ? `${bytes}` : `${bytes / factor}${name}`;
}
