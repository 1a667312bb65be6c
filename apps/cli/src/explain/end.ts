import {
  addressesOfCidrs,
  formatAddress,
  parseCidrOrAddress,
  rangesOfAddresses,
  subtractAddresses,
  type AddressRange,
  type Cidr,
  type ConnectionEnd,
  type Endpoint,
  type IpAddress,
} from "@isthmus/policy-engine";
import { err, ok, type Result } from "@isthmus/std";
import type { LoadedCluster, Mesh } from "../mesh/load-mesh";
import { usageError, type Finding } from "../report/finding";
import { cutRanges } from "./address-cuts";

/** One end of a question: what is asked about, and how it is called. */
export interface AskedEnd {
  readonly name: string;
  readonly end: ConnectionEnd;
  /** The pod where a workload has several. */
  readonly pod?: string;
  /** The addresses that behave as this end's one does, where it is no endpoint. */
  readonly range?: AddressRange;
}

/** An end as it was asked for. */
export interface Asked {
  readonly ends: readonly AskedEnd[];
  /** What of it was left out, and why. */
  readonly notes: readonly string[];
}

interface Candidate {
  readonly cluster: LoadedCluster;
  readonly endpoint: Endpoint;
  /** `cluster/namespace/name[Kind]`, and the same with the pod's own name. */
  readonly names: readonly string[];
}

function candidates({ clusters, nameOf }: Mesh): readonly Candidate[] {
  return clusters.flatMap((cluster) =>
    [...cluster.judged.endpoints, ...cluster.judged.hostEndpoints].map((endpoint) => {
      const { namespace, name } = endpoint;
      const own = endpoint.kind === "host" ? `${name}[HostEndpoint]` : `${namespace}/${name}[Pod]`;
      const prefix = endpoint.cluster === "" ? "" : `${endpoint.cluster}/`;
      return { cluster, endpoint, names: [nameOf(endpoint), prefix + own] };
    }),
  );
}

const withoutKind = (name: string): string => name.replace(/\[\w+\]$/, "");

/** Whether a name means an endpoint: whole, without its kind, or without the cluster where only one is there. */
function means(text: string, { endpoint, names }: Candidate): boolean {
  const short = names.map((name) => (endpoint.cluster === "" ? name : name.slice(endpoint.cluster.length + 1)));
  return [...names, ...short].some((name) => text === name || text === withoutKind(name));
}

/** Levenshtein distance, for "did you mean". */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (letter === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function unknownEnd(text: string, all: readonly Candidate[]): Finding {
  const names = [...new Set(all.flatMap((candidate) => candidate.names.slice(0, 1)))];
  const bare = text.slice(0, 300);
  const near = names
    .map((name) => ({ name, far: distance(withoutKind(name).slice(0, 300), bare) }))
    .filter(({ far }) => far <= 3)
    .sort((a, b) => a.far - b.far)
    .map(({ name }) => name);
  const hint =
    near.length > 0
      ? `did you mean ${near.slice(0, 3).join(" or ")}?`
      : `write NAMESPACE/NAME of a workload or pod, or an address; there are ${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}`;
  return usageError({ code: "no-endpoint", message: `there is no endpoint \`${text}\``, hint });
}

const key = ({ version, value }: IpAddress): string => `${version}/${value}`;

const endOf = ({ cluster, endpoint }: Candidate, address: IpAddress): ConnectionEnd => ({
  kind: "endpoint",
  world: cluster.judged,
  endpoint,
  address,
});

function endsOf(found: readonly Candidate[]): readonly AskedEnd[] {
  const pods = new Map<string, Set<Endpoint>>();
  for (const { names, endpoint } of found) {
    const [name = ""] = names;
    pods.set(name, (pods.get(name) ?? new Set()).add(endpoint));
  }
  return found.flatMap((candidate) => {
    const [name = ""] = candidate.names;
    const several = (pods.get(name)?.size ?? 0) > 1;
    return candidate.endpoint.addresses.map((address) => ({
      name,
      end: endOf(candidate, address),
      ...(several && { pod: candidate.endpoint.name }),
    }));
  });
}

/** A range of addresses as it was asked for. */
interface WrittenRange {
  readonly text: string;
  readonly cidr: Cidr;
}

/** The addresses of a range that no endpoint holds, cut where any policy or set tells them apart. */
function outside(mesh: Mesh, { text, cidr }: WrittenRange, all: readonly Candidate[]): Asked {
  const asked = addressesOfCidrs([cidr]);
  const held = all.flatMap(({ endpoint }) => endpoint.addresses);
  const taken = addressesOfCidrs(
    held.map(({ version, value }) => ({ version, base: value, prefix: version === 4 ? 32 : 128 })),
  );
  const ranges = rangesOfAddresses(subtractAddresses(asked, taken));
  const ends = cutRanges(ranges, mesh).map((range): AskedEnd => ({
    name: text,
    range,
    end: { kind: "address", address: { version: range.version, value: range.from } },
  }));
  const inside = rangesOfAddresses(subtractAddresses(asked, subtractAddresses(asked, taken))).reduce(
    (sum, { from, to }) => sum + (to - from + 1n),
    0n,
  );
  const note = `${inside} of these addresses belong to endpoints and are left out: name those as NAMESPACE/NAME`;
  return { ends, notes: inside > 0n ? [note] : [] };
}

/** Finds what `--from` and `--to` mean: a workload or pod, an address, or a range of addresses. */
export function findEnd(mesh: Mesh, text: string): Result<Asked, Finding> {
  const all = candidates(mesh);
  const written = parseCidrOrAddress(text);
  if (!written) {
    const found = all.filter((candidate) => means(text, candidate));
    return found.length > 0 ? ok({ ends: endsOf(found), notes: [] }) : err(unknownEnd(text, all));
  }
  const { cidr } = written;
  if (cidr.prefix < (cidr.version === 4 ? 32 : 128)) return ok(outside(mesh, { text, cidr }, all));
  const address: IpAddress = { version: cidr.version, value: cidr.base };
  const holders = all.filter(({ endpoint }) => endpoint.addresses.some((each) => key(each) === key(address)));
  if (holders.length === 0) {
    const range = { version: cidr.version, from: cidr.base, to: cidr.base };
    return ok({ ends: [{ name: formatAddress(address), range, end: { kind: "address", address } }], notes: [] });
  }
  const ends = holders.map((candidate) => ({ name: candidate.names[0] ?? "", end: endOf(candidate, address) }));
  return ok({
    ends,
    notes: [`${formatAddress(address)} is the address of ${ends.map(({ name }) => name).join(" and ")}`],
  });
}
