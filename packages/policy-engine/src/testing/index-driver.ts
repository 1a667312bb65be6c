import type { Endpoint } from "../evaluate/endpoint";
import { readManifests } from "../evaluate/read-manifests";
import { buildWorld, holdingsOf, type World } from "../evaluate/world";
import type { WorldInput } from "../evaluate/world-input";
import { PolicyIndex } from "../resolve/policy-index";

/** In which order the changes that lead from one state to the next are made. */
export type ChangeOrder = "as it comes" | "reversed" | "interleaved";

interface Kept<T> {
  readonly item: T;
  readonly text: string;
}

type Change = () => void;

interface Shelf<T> {
  readonly kept: Map<string, Kept<T>>;
  readonly add: (item: T) => void;
  readonly remove: (item: T) => void;
  readonly replace: (old: T, next: T) => void;
}

const replacer = (_: string, value: unknown): unknown =>
  typeof value === "bigint" ? String(value) : value instanceof Map ? [...value] : value;

/** The changes that bring a shelf from what it holds to what it is to hold; what did not change keeps its identity. */
function changes<T>(shelf: Shelf<T>, wanted: readonly (readonly [string, T])[]): readonly Change[] {
  const target = new Map(wanted.map(([key, item]) => [key, { item, text: JSON.stringify(item, replacer) }]));
  const found: Change[] = [];
  for (const [key, old] of shelf.kept) {
    const next = target.get(key);
    if (next?.text === old.text) continue;
    if (next) found.push(() => (shelf.replace(old.item, next.item), shelf.kept.set(key, next)));
    else found.push(() => (shelf.remove(old.item), shelf.kept.delete(key)));
  }
  for (const [key, next] of target) {
    if (!shelf.kept.has(key)) found.push(() => (shelf.add(next.item), shelf.kept.set(key, next)));
  }
  return found;
}

const shelf = <T>(add: (item: T) => void, remove: (item: T) => void, replace: (old: T, next: T) => void): Shelf<T> => ({
  kept: new Map(),
  add,
  remove,
  replace,
});

function arranged(list: readonly Change[], order: ChangeOrder): readonly Change[] {
  if (order === "as it comes") return list;
  if (order === "reversed") return list.toReversed();
  return [...list.filter((_, i) => i % 2 === 1), ...list.filter((_, i) => i % 2 === 0)];
}

const keyOf = ({
  kind,
  namespace,
  name,
}: {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}) => `${kind}/${namespace}/${name}`;

/** Leads one index from state to state, object by object. */
export class IndexDriver {
  readonly index = new PolicyIndex();
  readonly #endpoints = shelf<Endpoint>(
    (item) => this.index.addEndpoint(item),
    (item) => this.index.removeEndpoint(item),
    (old, next) => this.index.replaceEndpoint(old, next),
  );
  readonly #policies = shelf<Parameters<PolicyIndex["addPolicy"]>[0]>(
    (item) => this.index.addPolicy(item),
    (item) => this.index.removePolicy(item),
    (old, next) => this.index.replacePolicy(old, next),
  );
  readonly #tiers = shelf<Parameters<PolicyIndex["addTier"]>[0]>(
    (item) => this.index.addTier(item),
    (item) => this.index.removeTier(item),
    (old, next) => this.index.replaceTier(old, next),
  );
  readonly #holdings = shelf<Parameters<PolicyIndex["addHolding"]>[0]>(
    (item) => this.index.addHolding(item),
    (item) => this.index.removeHolding(item),
    (old, next) => this.index.replaceHolding(old, next),
  );
  readonly #profiles = shelf<readonly [string, Parameters<PolicyIndex["setProfile"]>[1]]>(
    (item) => this.index.setProfile(...item),
    ([name]) => this.index.removeProfile(name),
    (_, next) => this.index.setProfile(...next),
  );
  #services = "";

  /** The endpoint of the index that stands for one of a world built anew. */
  own(endpoint: Endpoint): Endpoint {
    return this.#endpoints.kept.get(keyOf(endpoint))?.item ?? endpoint;
  }

  /** Makes every change that leads to the state; gives that state as a world built from scratch. */
  moveTo(input: WorldInput, order: ChangeOrder = "as it comes"): World {
    const world = buildWorld(input);
    const read = readManifests(input.manifests);
    const held = holdingsOf(world) ?? [];
    const list = [
      ...changes(
        this.#policies,
        read.policies.map((policy) => [keyOf({ ...policy.ref, ...policy }), policy]),
      ),
      ...changes(
        this.#endpoints,
        [...world.endpoints, ...world.hostEndpoints].map((e) => [keyOf(e), e]),
      ),
      ...changes(
        this.#tiers,
        read.tiers.map((tier) => [tier.name, tier]),
      ),
      ...changes(
        this.#holdings,
        read.sets.flatMap(({ ref }, i) => (held[i] ? [[keyOf(ref), held[i]]] : [])),
      ),
      ...changes(
        this.#profiles,
        [...world.profiles].map((entry) => [entry[0], entry]),
      ),
    ];
    for (const change of arranged(list, order)) change();
    const services = JSON.stringify(input.services ?? null);
    if (services !== this.#services) this.index.setServices(world.serviceTargets);
    this.#services = services;
    this.index.setUnreadable(world.unreadable);
    this.index.setBase(world);
    return world;
  }
}
