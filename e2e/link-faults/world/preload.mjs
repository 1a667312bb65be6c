// Preloaded into a process (`node --import`): its wall clock is off by the seconds that a file says, which is looked at
// again and again. Monotonic clocks and timers go on as they are, as when an operator or NTP sets the time of a machine.
// And it ends with its parent, whatever has ended that.
import { readFileSync } from "node:fs";

const LOOK_MS = 100;
const LOOK_FOR_PARENT_MS = 1_000;
const file = process.env.RIG_CLOCK_FILE;
const RealDate = Date;
let offMs = 0;

function look() {
  try {
    offMs = Number(readFileSync(file, "utf8")) * 1_000 || 0;
  } catch {
    offMs = 0;
  }
}

const now = () => RealDate.now() + offMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
});

look();
setInterval(look, LOOK_MS).unref();

const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit(1);
}, LOOK_FOR_PARENT_MS).unref();
