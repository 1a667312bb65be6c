import { describe, expect, it } from "vitest";
import { connectivityOf } from "../connectivity/connectivity";
import { buildWorld, type World } from "../evaluate/world";
import type { WorldInput } from "../evaluate/world-input";
import { connectionsOfPorts, connectionsOfProtocol, intersectConnections } from "../sets/connection-set";
import { intervals } from "../sets/intervals";
import { np, SHOP, shop, tier } from "../testing/shop-world";
import { parseProofEnd } from "./proof-end";
import { prove } from "./prove";
import type { ProofClaim, ProofEnd, ProofQuestion, ProofResult } from "./types";

const REDIS_PORT = intersectConnections(
  connectionsOfProtocol(6),
  connectionsOfPorts({ destination: intervals({ from: 6379, to: 6379 }) }),
);

const end = (text: string): ProofEnd => {
  const parsed = parseProofEnd(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
};

interface Asked extends Pick<ProofQuestion, "replicas" | "clusterLabels"> {
  readonly worlds?: readonly World[];
  readonly claim?: ProofClaim;
  readonly view?: "enforced" | "pending";
}

const ask = (
  from: string,
  to: string,
  { worlds = [], claim = { kind: "no-path" }, view, ...rest }: Asked,
): ProofResult => prove(connectivityOf(worlds, view && { view }), { from: end(from), to: end(to), claim, ...rest });

/** Only `cart` may reach `redis`, on its port. */
const guarded = (...more: readonly unknown[]): World =>
  shop(
    np("redis", {
      selector: "app == 'redis'",
      ingress: [
        ...more,
        { action: "Allow", protocol: "TCP", source: { selector: "app == 'cart'" }, destination: { ports: [6379] } },
      ],
    }),
  );

const staged = shop(np("shut", { selector: "app == 'redis'", types: ["Ingress"] }, "StagedNetworkPolicy"));

const ofVersion = (cluster: string, address: string): Partial<WorldInput> => ({
  cluster,
  pods: [{ namespace: "shop", name: cluster, labels: { app: cluster }, serviceAccount: "", addresses: [address] }],
});

const mesh = (west: string, east: string): readonly World[] =>
  [ofVersion("west", west), ofVersion("east", east)].map((part) => buildWorld({ ...SHOP, manifests: [], ...part }));

describe("a claim that there is no path", () => {
  it.each([
    { name: "holds where a policy stands between", from: "app == 'scraper'", to: "app == 'redis'", kind: "proved" },
    { name: "fails on the one port that is open", from: "app == 'cart'", to: "app == 'redis'", kind: "refuted" },
    {
      name: "holds where that port is excepted",
      from: "app == 'cart'",
      to: "app == 'redis'",
      kind: "proved",
      claim: { kind: "no-path", except: REDIS_PORT },
    },
    { name: "fails the other way round", from: "app == 'redis'", to: "app == 'cart'", kind: "refuted" },
    {
      name: "sees labels that endpoints inherit",
      from: "pcns.team == 'web' && app == 'cart'",
      to: "pcsa.role == 'store'",
      kind: "refuted",
    },
    { name: "holds from an address outside", from: "192.168.0.0/16", to: "app == 'redis'", kind: "proved" },
    { name: "fails from the range that holds cart", from: "10.0.0.0/30", to: "app == 'redis'", kind: "refuted" },
    { name: "fails to an address outside", from: "app == 'redis'", to: "8.8.8.8", kind: "refuted" },
    { name: "holds between addresses outside, which no policy judges", from: "8.8.8.8", to: "9.9.9.9", kind: "proved" },
    {
      name: "does not ask what an endpoint sends to itself",
      from: "app == 'scraper'",
      to: "app == 'scraper'",
      kind: "proved",
    },
    { name: "asks replicas", from: "app == 'scraper'", to: "app == 'scraper'", kind: "refuted", replicas: true },
  ] as const)("$name", ({ from, to, kind, ...rest }) => {
    expect(ask(from, to, { worlds: [guarded()], ...rest }).kind).toBe(kind);
  });

  it("is undecided where a rule asks for what is not known", () => {
    const odd = { action: "Allow", protocol: "TCP", source: {}, destination: {}, somethingNew: 1 };
    const result = ask("app == 'scraper'", "app == 'redis'", { worlds: [guarded(odd)] });
    expect(result).toMatchObject({ kind: "unknown", undecidedPairs: 2 });
    expect(result.kind === "unknown" && result.doubts.map(({ reason }) => reason)).toEqual([
      "Undecided at network policy shop/redis: the rule has fields that are not known: somethingNew",
    ]);
  });

  it("holds of what is pending, not of what is in force", () => {
    const asked = ["app == 'cart'", "app == 'redis'"] as const;
    expect(ask(...asked, { worlds: [staged] }).kind).toBe("refuted");
    expect(ask(...asked, { worlds: [staged], view: "pending" }).kind).toBe("proved");
  });

  it("says that nothing was matched", () => {
    const result = ask("app == 'nobody'", "app == 'redis'", { worlds: [guarded()] });
    expect(result.kind === "proved" && result.assumptions.map(({ code }) => code)).toContain("nothing-matched");
  });

  it("shows a connection, who decides it, and the whole in words", () => {
    const result = ask("app == 'cart'", "app == 'redis'", { worlds: [guarded()] });
    if (result.kind !== "refuted") throw new Error(result.kind);
    const { witness } = result;
    expect(witness.connection).toEqual({ protocol: 6, destinationPort: 6379, sourcePort: 65_535 });
    expect(witness.ingress?.sentences).toEqual(["Allowed by rule 1 of network policy shop/redis in tier default"]);
    expect(witness.egress?.sentences).toEqual(["Allowed by profile kns.shop: no tier decided"]);
    expect(witness.sentence).toBe(
      "shop/cart (10.0.0.1) may reach shop/redis (10.0.0.2) on TCP port 6379 from port 65535",
    );
  });

  it("is asked over clusters, and by their labels", () => {
    const worlds = mesh("10.1.0.1", "10.2.0.1");
    expect(ask("isthmus.io/cluster == 'west'", "isthmus.io/cluster == 'east'", { worlds }).kind).toBe("refuted");
    const clusterLabels = new Map([["east", { zone: "eu" }]]);
    const asked = ["app == 'west'", "isthmus.io/cluster.zone == 'eu'"] as const;
    expect(ask(...asked, { worlds, clusterLabels }).kind).toBe("refuted");
    expect(ask(...asked, { worlds }).kind).toBe("proved");
  });
});

describe("a claim that there is every path", () => {
  it.each([
    { name: "holds where the port is open", from: "app == 'cart'", on: REDIS_PORT, kind: "proved" },
    { name: "fails where another is asked for", from: "app == 'cart'", on: connectionsOfProtocol(17), kind: "refuted" },
    { name: "fails where one source is kept out", from: "has(app)", on: REDIS_PORT, kind: "refuted" },
  ] as const)("$name", ({ from, on, kind }) => {
    expect(ask(from, "app == 'redis'", { worlds: [guarded()], claim: { kind: "every-path", on } }).kind).toBe(kind);
  });

  it("fails where two endpoints have no version of IP in common", () => {
    const result = ask("app == 'west'", "app == 'east'", {
      worlds: mesh("10.1.0.1", "fd00::1"),
      claim: { kind: "every-path", on: REDIS_PORT },
    });
    expect(result.kind === "no-route" && result.pair.sentence).toBe(
      "west:shop/west (10.1.0.1) and east:shop/east (fd00::1) have no version of IP in common",
    );
  });
});

describe("an end of a question", () => {
  it.each([
    { name: "an address", text: "10.0.0.1", kind: "addresses" },
    { name: "ranges", text: "10.0.0.0/8, fd00::/8", kind: "addresses" },
    { name: "a selector", text: "app in {'a', 'b'}", kind: "selector" },
    { name: "everything", text: "all()", kind: "selector" },
  ])("is $name", ({ text, kind }) => {
    expect(end(text).kind).toBe(kind);
  });

  it("is refused where it is neither", () => {
    expect(parseProofEnd("10.0.0.0/33").ok).toBe(false);
    expect(parseProofEnd("app = 'a'").ok).toBe(false);
  });

  it("takes global() for what has no namespace", () => {
    expect(ask("global()", "all()", { worlds: [shop(tier("one", 1))] }).kind).toBe("proved");
    expect(ask("all()", "all()", { worlds: [shop(tier("one", 1))] }).kind).toBe("refuted");
  });
});
