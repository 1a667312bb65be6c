const narrow = "\u202f";

/** 561204 → "561 204", with narrow spaces. */
export function formatCount(value: number | bigint): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, narrow);
}

const steps = [
  { from: 1e12, sign: "T" },
  { from: 1e9, sign: "G" },
  { from: 1e6, sign: "M" },
  { from: 1e4, sign: "k" },
] as const;

/** A count in at most four signs and a letter: 4 100 000 → "4.1 M". Below 10 000 it is exact. */
export function shortCount(value: number | bigint): string {
  const number = Number(value);
  for (const step of steps) {
    if (number >= step.from) return `${trim(number / (step.sign === "k" ? 1e3 : step.from))}${narrow}${step.sign}`;
  }
  return formatCount(Math.round(number));
}

const byteSteps = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** Bytes in binary units: 1536 → "1.5 KiB". */
export function formatBytes(value: number | bigint): string {
  let number = Number(value);
  let step = 0;
  while (number >= 1024 && step < byteSteps.length - 1) {
    number /= 1024;
    step += 1;
  }
  return `${step === 0 ? Math.round(number) : trim(number)}${narrow}${byteSteps[step] ?? "B"}`;
}

const trim = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(1).replace(/\.0$/, ""));

/** A share from 0 to 1 as per cent with one decimal; only a whole one is "100 %". */
export function formatShare(share: number): string {
  const percent = share * 100;
  const shown = share < 1 && percent > 99.9 ? 99.9 : percent;
  return `${shown === 100 ? "100" : shown.toFixed(1)}${narrow}%`;
}

const two = (value: number) => value.toString().padStart(2, "0");

/** "14:25:58" in UTC. */
export const clockTime = (date: Date): string => `${hourMinute(date)}:${two(date.getUTCSeconds())}`;

/** "14:25" in UTC. */
export const hourMinute = (date: Date): string => `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** "23 Nov" in UTC. */
export const dayMonth = (date: Date): string => `${date.getUTCDate()} ${months[date.getUTCMonth()] ?? ""}`;

/** "23 Nov 2026, 14:25:58 UTC". */
export const absoluteTime = (date: Date): string =>
  `${dayMonth(date)} ${date.getUTCFullYear()}, ${clockTime(date)} UTC`;

/** A length of time in its two largest units: "3 h 20 min". */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** "just now", "3 min ago", "in 23 h". */
export function relativeTime(at: number, now: number): string {
  const distance = Math.abs(now - at);
  if (distance < 10_000) return at > now ? "in a moment" : "just now";
  const text = coarse(distance);
  return at > now ? `in ${text}` : `${text} ago`;
}

function coarse(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

/** Shortens a long name in its middle, where names of workloads are least telling. */
export function middleEllipsis(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = Math.ceil((max - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (max - 1 - head))}`;
}
