import { rangeOfCidr, type AddressRange } from "../sets/address-set";
import { formatAddress, parseAddress, parseCidrOrAddress } from "../net/address";

/** A range that policies or network sets name, and whether they do so to leave it out. */
interface NamedRange {
  readonly range: AddressRange;
  readonly leftOut: boolean;
}

const LEAVING_OUT: ReadonlySet<string> = new Set(["except", "notNets"]);

/** Every IPv4 range in a manifest, wherever it stands. */
function* rangesIn(json: unknown, leftOut = false): Generator<NamedRange> {
  if (typeof json === "string") {
    const cidr = /^[\d.]+(\/\d+)?$/.test(json) && json.includes(".") ? parseCidrOrAddress(json)?.cidr : undefined;
    if (cidr) yield { range: rangeOfCidr(cidr), leftOut };
  } else if (Array.isArray(json)) {
    for (const item of json as readonly unknown[]) yield* rangesIn(item, leftOut);
  } else if (typeof json === "object" && json !== null) {
    for (const [key, value] of Object.entries(json)) yield* rangesIn(value, leftOut || LEAVING_OUT.has(key));
  }
}

/** Where Calico's own address pool lies, unless told otherwise: the first choice. */
const FIRST_CHOICE = parseAddress("192.168.0.1")?.value ?? 0n;

const LAST_USABLE = parseAddress("223.255.255.255")?.value ?? 0n;

interface Place {
  readonly from: bigint;
  readonly to: bigint;
}

/** The stretch from `from` on over which every range is the same. */
function placeFrom(from: bigint, ranges: readonly NamedRange[]): Place {
  const next = ranges
    .flatMap(({ range }) => [range.from, range.to + 1n])
    .filter((at) => at > from)
    .reduce((least, at) => (at < least ? at : least), LAST_USABLE + 1n);
  return { from, to: next - 1n };
}

/** How much rules would take an address of the place for one that they name: what leaves it out counts against it. */
function attraction({ from }: Place, ranges: readonly NamedRange[]): number {
  const around = ranges.filter(({ range }) => range.from <= from && from <= range.to);
  const named = around.filter(({ leftOut }) => !leftOut).length;
  return named * 1000 - (around.length - named);
}

/** What addresses are invented for. */
export interface Unaddressed {
  readonly count: number;
  readonly taken: ReadonlySet<string>;
  /** Policies and network sets. */
  readonly manifests: readonly unknown[];
}

/**
 * IPv4 addresses for workloads whose manifests tell none, so that they can be judged like others. Kubernetes leaves open
 * whether an ipBlock catches a pod and advises against it, so they lie where as few ranges of the policies as can be
 * catch them: inside what the rules leave out, outside what they name.
 */
export function inventAddresses({ count, taken, manifests }: Unaddressed): readonly string[] {
  if (count === 0) return [];
  const ranges = manifests.flatMap((manifest) => [...rangesIn(manifest)]);
  const starts = [FIRST_CHOICE, ...ranges.flatMap(({ range }) => [range.from, range.to + 1n])];
  const places = starts
    .filter((at) => at > 0xff_ffffn && at <= LAST_USABLE)
    .map((at) => placeFrom(at, ranges))
    .map((place) => ({ place, pull: attraction(place, ranges) }))
    .sort((a, b) => a.pull - b.pull);
  const found: string[] = [];
  for (const { place } of places) {
    for (let value = place.from; value <= place.to && found.length < count; value += 1n) {
      const text = formatAddress({ version: 4, value });
      if (!taken.has(text)) found.push(text);
    }
    if (found.length === count) break;
  }
  return found;
}
