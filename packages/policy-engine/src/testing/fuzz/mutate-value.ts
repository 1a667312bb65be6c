import type { Draws } from "./draws";
import type { Value } from "./manifest-values";
import { selectorText } from "./selector-texts";

const NUMBERS = [
  Number.NaN,
  -0,
  0,
  -1,
  0.5,
  1e308,
  -1e308,
  Number.POSITIVE_INFINITY,
  2 ** 31,
  2 ** 53,
  2 ** 64,
  65536,
  5e-324,
];
const TEXTS = [
  "",
  " ",
  "\0",
  "\ud800",
  "\udc00x",
  "\u{1f600}",
  "__proto__",
  "constructor",
  "NaN",
  "null",
  "-1",
  "1e9",
  "0:0",
  "99999:1",
  "80-90",
  "tcp",
  "TCP ",
  "10.0.0.0/33",
  "10.0.0.1/8",
  "::ffff:10.0.0.1/128",
  "fe80::1%eth0/64",
  "10.0.0.0/08",
  "010.0.0.0/8",
  "0x0a000000/8",
  "1.2.3.4.5/32",
  ":::/0",
  "a".repeat(64),
  "a".repeat(254),
  "A_b",
  "knp.default.x",
  "default.",
  ".x",
  "global()",
  "all() && global()",
  "!global()",
  "*",
  "**.com",
  "xn--",
  "\n",
];
const KEYS = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "",
  " ",
  "0",
  "\ud800",
  "spec",
  "selector",
  "notSelector",
  "ports",
  "nets",
  "action",
  "types",
  "order",
  "tier",
  "domains",
  "headers",
  "exact",
  "prefix",
  "endPort",
  "matchLabels",
  "values",
  "namespaceSelector",
  "unknown",
  "namespace",
  "kind",
  "apiVersion",
];

type Holder = Value[] | { [key: string]: Value };

const isHolder = (value: Value): value is Holder => typeof value === "object" && value !== null;

/** Sets a key as JSON.parse does: `__proto__` is a key like any other. */
function put(holder: Holder, key: string | number, value: Value): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

/** A copy of a value of any depth (structuredClone recurses). */
export function copyOf<T extends Value>(root: T): T {
  const copied = (value: Value): Value => (isHolder(value) ? (Array.isArray(value) ? [] : {}) : value);
  const result = copied(root);
  const waiting: (readonly [Value, Value])[] = [[root, result]];
  for (let pair = waiting.pop(); pair; pair = waiting.pop()) {
    const [from, to] = pair;
    if (!isHolder(from) || !isHolder(to)) continue;
    for (const key of Object.keys(from)) {
      const inner = (from as { [key: string]: Value })[key] ?? null;
      const copy = copied(inner);
      put(to, key, copy);
      waiting.push([inner, copy]);
    }
  }
  return result as T;
}

interface Slot {
  readonly holder: Holder;
  readonly key: string | number;
  readonly value: Value;
}

/** Every place of a value, the first thousand at most. */
function slotsOf(root: Value): readonly Slot[] {
  const slots: Slot[] = [];
  const waiting: Value[] = [root];
  while (slots.length < 1_000) {
    const holder = waiting.pop();
    if (holder === undefined) break;
    if (!isHolder(holder)) continue;
    const entries: readonly (readonly [string | number, Value])[] = Array.isArray(holder)
      ? [...holder.entries()]
      : Object.entries(holder);
    for (const [key, value] of entries) {
      slots.push({ holder, key, value });
      waiting.push(value);
    }
  }
  return slots;
}

/** A value nested as deeply as JSON.parse still reads. */
function deep(draws: Draws): Value {
  const depth = draws.pick([10, 200, 5_000]);
  let value: Value = draws.once(2) ? {} : [];
  for (let level = 0; level < depth; level += 1) value = draws.once(2) ? [value] : { spec: value };
  return value;
}

/** Many siblings, none of them shared. */
function wide(draws: Draws): Value {
  const count = draws.pick([10, 100, 2_000]);
  const piece = draws.pick<() => Value>([
    () => "10.0.0.0/8",
    () => 80,
    () => ({ action: "Allow" }),
    () => [],
    () => null,
  ]);
  if (draws.once(2)) return Array.from({ length: count }, piece);
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`key-${i}`, piece()]));
}

function anything(draws: Draws, others: readonly Value[]): Value {
  switch (draws.below(draws.once(40) ? 9 : 7)) {
    case 0:
      return draws.pick([null, true, false]);
    case 1:
      return draws.pick(NUMBERS);
    case 2:
      return draws.pick(TEXTS);
    case 3:
      return selectorText(draws, TEXTS);
    case 4:
      return draws.pick<() => Value>([() => [], () => ({}), () => [[]], () => ({ "": {} })])();
    case 5: {
      const slots = slotsOf(draws.pick(others));
      return slots.length > 0 ? copyOf(draws.pick(slots).value) : null;
    }
    case 6:
      return [draws.pick(TEXTS), draws.pick(NUMBERS)];
    case 7:
      return deep(draws);
    default:
      return wide(draws);
  }
}

function changeAt({ holder, key, value }: Slot, draws: Draws, others: readonly Value[]): void {
  switch (draws.below(7)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else Reflect.deleteProperty(holder, key);
      return;
    case 1:
      if (Array.isArray(holder)) holder.push(copyOf(value));
      else put(holder, draws.pick(KEYS), copyOf(value));
      return;
    case 2:
      if (isHolder(value)) put(value, Array.isArray(value) ? value.length : draws.pick(KEYS), anything(draws, others));
      return;
    case 3:
      put(holder, key, [value]);
      return;
    case 4:
      if (typeof value === "string") put(holder, key, value + draws.pick(TEXTS));
      else if (typeof value === "number") put(holder, key, draws.once(2) ? -value : String(value));
      return;
    default:
      put(holder, key, anything(draws, others));
  }
}

/** A copy of a value with some things changed; `others` lend it pieces. */
export function mutated(draws: Draws, value: Value, others: readonly Value[]): Value {
  const copy = copyOf(value);
  for (let change = draws.below(4); change >= 0; change -= 1) {
    const slots = slotsOf(copy);
    if (slots.length === 0) return anything(draws, others);
    changeAt(draws.pick(slots), draws, others);
  }
  return copy;
}
