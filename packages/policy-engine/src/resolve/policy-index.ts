import type { Holder } from "../evaluate/packet";
import type { Endpoint } from "../evaluate/endpoint";
import type { ProfileContent } from "../evaluate/profiles";
import type { UnreadablePolicy } from "../evaluate/read-manifests";
import { orderTiers } from "../evaluate/tier-order";
import { buildWorld, holdingsOf, type Holding, type World } from "../evaluate/world";
import { possibleSubjects } from "../model/effective-selector";
import type { Direction, Policy, Rule, Tier } from "../model/policy";
import { formatAddress, type IpAddress } from "../net/address";
import { AddressBook, type AddressClass, type AddressRecord, type HolderRecord } from "./addresses";
import { LabelIndex, type IndexedSelector, type LabelItem, type Matches } from "./label-index";
import { ProfileBook, type ProfileEntry, type ProfileSpeaker } from "./profile-book";
import { resolvePolicies, type DirectionPolicies, type ResolvedPolicies } from "./resolved-policies";
import { acquireRule, isStrange, releaseRule, type RuleTerms } from "./rule-terms";
import { TermBook, type Term } from "./terms";
import { TierBook, type OrderedTier, type RankedPolicy } from "./tier-book";

/** A policy in the index. */
export interface PolicyEntry extends RankedPolicy {
  readonly subject: IndexedSelector<Policy>;
  readonly rules: Readonly<Record<Direction, readonly RuleTerms[]>>;
}

/** An endpoint in the index. */
export interface EndpointEntry {
  readonly endpoint: Endpoint;
  readonly subject: LabelItem<Policy, Endpoint>;
  readonly holder: HolderRecord;
  readonly addresses: readonly AddressRecord[];
}

type Ruled = Readonly<Record<Direction, readonly Rule[]>>;

/**
 * One cluster, indexed: which policies judge which endpoints, in which order, and which endpoints and addresses no
 * policy tells apart. Every object is added, removed and replaced by itself; objects are never changed.
 */
export class PolicyIndex {
  readonly #subjects = new LabelIndex<Policy, Endpoint>();
  readonly #peers = new LabelIndex<Term, Holder>();
  /** What rules ask of addresses. */
  readonly terms = new TermBook<Holder>(this.#peers);
  readonly #book = new AddressBook(this.#peers, this.terms);
  readonly #tiers = new TierBook<PolicyEntry>();
  readonly #profiles = new ProfileBook((content) => this.#enter(content, ""));
  readonly #policies = new Map<Policy, PolicyEntry>();
  /** Policies of tiers that do not exist: they tell nothing apart. */
  readonly #waiting = new Set<Policy>();
  readonly #endpoints = new Map<Endpoint, EndpointEntry>();
  #base: World;
  #unreadable: readonly UnreadablePolicy[];
  #world: { readonly version: number; readonly world: World } | undefined;
  /** The lists of domains that rules name. */
  readonly #domains = new Set<readonly string[]>();
  /** How many rules hold constructs that the index does not know. */
  #strange = 0;
  /** What was worked out for a set of matching subjects, by that set. */
  readonly #resolved = new WeakMap<Matches<Policy>, ResolvedPolicies<PolicyEntry>>();

  /** An empty index; what the index does not keep (nodes, domains and settings, say) is the base's. */
  constructor(base: World = NO_WORLD) {
    this.#base = base;
    this.#unreadable = base.unreadable;
  }

  /** Changes with everything that the index holds. */
  get version(): number {
    return this.#book.version;
  }

  /** Whether something could not be read, so that every verdict is unknown. */
  get isUnreadable(): boolean {
    return this.#unreadable.length > 0;
  }

  addEndpoint(endpoint: Endpoint): void {
    const holder = this.#book.addHolder(endpoint);
    this.#endpoints.set(endpoint, {
      endpoint,
      holder,
      subject: this.#subjects.addItem(endpoint.labels, endpoint),
      addresses: endpoint.addresses.map((address) => this.#book.hold(address, holder)),
    });
    this.#book.version += 1;
  }

  removeEndpoint(endpoint: Endpoint): void {
    const entry = this.#endpoints.get(endpoint);
    if (!entry) return;
    this.#endpoints.delete(endpoint);
    this.#subjects.removeItem(entry.subject);
    for (const record of entry.addresses) this.#book.letGo(record, entry.holder);
    this.#book.removeHolder(entry.holder);
    this.#book.version += 1;
  }

  /** The new one first: groups that both belong to are not taken down in between. */
  replaceEndpoint(old: Endpoint, next: Endpoint): void {
    this.addEndpoint(next);
    this.removeEndpoint(old);
  }

  /** A policy of a tier that does not exist waits for it. */
  addPolicy(policy: Policy): void {
    if (!this.#tiers.exists(policy.tier)) {
      this.#waiting.add(policy);
      return;
    }
    const subject = this.#subjects.addSelector(possibleSubjects(policy), policy);
    const entry = { policy, subject, rank: 0, rules: this.#enter(policy, policy.namespace) };
    this.#policies.set(policy, entry);
    this.#tiers.addPolicy(entry);
    this.#forget(subject);
  }

  removePolicy(policy: Policy): void {
    this.#waiting.delete(policy);
    const entry = this.#policies.get(policy);
    if (!entry) return;
    this.#policies.delete(policy);
    this.#forget(entry.subject);
    this.#subjects.removeUse(entry.subject, policy);
    this.#tiers.removePolicy(entry);
    this.#leave(entry);
  }

  /** The new one first: selectors that both have are not worked out anew. */
  replacePolicy(old: Policy, next: Policy): void {
    this.addPolicy(next);
    this.removePolicy(old);
  }

  addTier(tier: Tier): void {
    this.#tiers.addTier(tier);
    this.#book.version += 1;
    for (const policy of [...this.#waiting].filter((waiting) => waiting.tier === tier.name)) {
      this.#waiting.delete(policy);
      this.addPolicy(policy);
    }
  }

  removeTier(tier: Tier): void {
    this.#tiers.removeTier(tier);
    this.#book.version += 1;
    if (this.#tiers.exists(tier.name)) return;
    const withdrawn = Array.from(this.#tiers.policies(tier.name));
    for (const { policy } of withdrawn) {
      this.removePolicy(policy);
      this.#waiting.add(policy);
    }
  }

  replaceTier(old: Tier, next: Tier): void {
    this.addTier(next);
    this.removeTier(old);
  }

  /** Adds a network set, or what else holds ranges of addresses. */
  addHolding(holding: Holding): void {
    this.#book.addHolding(holding);
    this.#book.version += 1;
  }

  removeHolding(holding: Holding): void {
    this.#book.removeHolding(holding);
    this.#book.version += 1;
  }

  replaceHolding(old: Holding, next: Holding): void {
    this.addHolding(next);
    this.removeHolding(old);
  }

  /** Adds or changes a profile. */
  setProfile(name: string, content: ProfileContent): void {
    const left = this.#profiles.set(name, content);
    if (left) this.#leave(left);
    this.#book.version += 1;
  }

  removeProfile(name: string): void {
    const left = this.#profiles.delete(name);
    if (left) this.#leave(left);
    this.#book.version += 1;
  }

  setServices(serviceTargets: World["serviceTargets"]): void {
    this.terms.setServices(serviceTargets);
    this.#book.forgetTargets();
    this.#book.version += 1;
  }

  /** Changes what the index does not keep: nodes, what DNS answered, Felix' settings. */
  setBase(base: World): void {
    this.#base = base;
    this.#book.version += 1;
  }

  setUnreadable(unreadable: readonly UnreadablePolicy[]): void {
    this.#unreadable = unreadable;
    this.#book.version += 1;
  }

  /** The tiers that exist, in order. */
  tiers(): readonly OrderedTier[] {
    return [...this.#tiers.tiers().values()];
  }

  get tierCount(): number {
    return this.#tiers.tiers().size;
  }

  /** Whether nothing in a tier counts. */
  isEmpty(tier: string, view: "enforced" | "pending"): boolean {
    return this.#tiers.isEmpty(tier, view);
  }

  /** The class of an address, whoever holds it. */
  addressClassOf(address: IpAddress): AddressClass {
    return this.#book.classOf(this.#book.recordOf(address));
  }

  /**
   * What makes an address special: 1 where a node has it, so that the node's own pods are not policed there, 2 where a
   * network set may hold it by its domains.
   */
  specialOf(address: IpAddress): number {
    const { nodes, domains } = this.#base;
    return (nodes.nodeAt(address) === undefined ? 0 : 1) + (domains.setsAt(address).length > 0 ? 2 : 0);
  }

  /** The profiles that speak for an endpoint after the last tier. */
  speakersOf({ profiles }: Endpoint): readonly ProfileSpeaker[] {
    return this.#profiles.speakersOf(profiles);
  }

  /** The cluster as of now, for the plain judge; holds until the next change. */
  world(): World {
    const { version } = this;
    if (this.#world?.version !== version) this.#world = { version, world: this.#snapshot() };
    return this.#world.world;
  }

  /** The endpoints, in the order in which they came. */
  endpoints(): Iterable<Endpoint> {
    return this.#endpoints.keys();
  }

  /** The policies that judge an endpoint in one direction, tier by tier; undefined for an endpoint that is not in the index. */
  policiesOf(endpoint: Endpoint, direction: Direction): DirectionPolicies<PolicyEntry> | undefined {
    const entry = this.#endpoints.get(endpoint);
    return entry && this.#resolve(this.#subjects.matchesOf(entry.subject))[direction];
  }

  /** The endpoints that a policy selects, whether or not it judges them in some direction. */
  *endpointsOf(policy: Policy): Iterable<Endpoint> {
    const entry = this.#policies.get(policy);
    if (!entry) return;
    for (const { owner } of this.#subjects.itemsOf(entry.subject)) yield owner;
  }

  /**
   * A text that is equal for two endpoints only where no policy tells them apart: the policies that select them, what
   * they and their addresses are to the peers of rules, and the profiles that speak after them. Host endpoints, and
   * everything where a rule holds what the index does not know, are told apart by name.
   */
  classKeyOf(endpoint: Endpoint): string {
    const entry = this.#endpoints.get(endpoint);
    if (!entry) return "";
    const addresses = entry.addresses.map((record) => this.#addressKey(record));
    const { kind, namespace, name, node } = endpoint;
    return [
      this.#subjects.matchesOf(entry.subject).id,
      this.#book.holderKey(entry.holder),
      addresses.join(","),
      this.speakersOf(endpoint)
        .map(({ entry: { id } }) => id)
        .join(","),
      node !== undefined && this.#base.nodes.hasNode(node) ? node : "",
      this.isUnreadable ? namespace : "",
      ...(kind === "host" || this.#strange > 0 ? [kind, namespace, name] : []),
    ].join("|");
  }

  /** What an address is to rules, nodes and domains. */
  #addressKey(record: AddressRecord): string {
    const { address } = record;
    const { nodes, domains } = this.#base;
    const named = [...this.#domains].filter((list) => domains.holds(list, address) === true);
    const ofSets = domains.setsAt(address).some(({ holds }) => holds === true);
    return JSON.stringify([
      this.#book.classOf(record).id,
      nodes.nodeAt(address) ?? "",
      ...named.map((list) => list.join(" ")),
      ...(ofSets ? [formatAddress(address)] : []),
    ]);
  }

  #snapshot(): World {
    const endpoints = [...this.#endpoints.keys()];
    return {
      ...this.#base,
      tiers: orderTiers(
        [...this.#tiers.added()],
        [...this.#tiers.policies()].map(({ policy }) => policy),
      ),
      endpoints: endpoints.filter((endpoint) => endpoint.kind === "workload"),
      hostEndpoints: endpoints.filter((endpoint) => endpoint.kind === "host"),
      profiles: this.#profiles.contents(),
      unreadable: this.#unreadable,
      holdersOf: (address) => this.#book.holdersOf(address),
      serviceTargets: this.terms.serviceTargets,
    };
  }

  #resolve(matches: Matches<Policy>): ResolvedPolicies<PolicyEntry> {
    const tierVersion = this.#tiers.version;
    const known = this.#resolved.get(matches);
    if (known?.tierVersion === tierVersion) return known;
    this.#tiers.rankAll();
    const entries = matches.selectors.flatMap(({ uses }) => [...uses].flatMap((use) => this.#policies.get(use) ?? []));
    const made = resolvePolicies(entries, { tiers: this.#tiers.tiers(), tierVersion });
    this.#resolved.set(matches, made);
    return made;
  }

  /** What was worked out for the endpoints of a subject holds no longer. */
  #forget(subject: IndexedSelector<Policy>): void {
    for (const { set } of subject.groups) if (set) this.#resolved.delete(set);
    this.#book.version += 1;
  }

  #enter(ruled: Ruled, namespace: string): PolicyEntry["rules"] {
    const enter = (rules: readonly Rule[]) =>
      rules.map((rule) => this.#mention(acquireRule(this.terms, rule, namespace), 1));
    return { ingress: enter(ruled.ingress), egress: enter(ruled.egress) };
  }

  #leave({ rules }: PolicyEntry | ProfileEntry): void {
    for (const terms of [...rules.ingress, ...rules.egress]) releaseRule(this.terms, this.#mention(terms, -1));
  }

  #mention(terms: RuleTerms, by: 1 | -1): RuleTerms {
    const { rule, portNames, source, destination, domains } = terms;
    for (const list of domains) {
      if (by === 1) this.#domains.add(list);
      else this.#domains.delete(list);
    }
    if (isStrange(rule)) this.#strange += by;
    for (const name of portNames) this.#book.mentionPort(name, by);
    if (source.service || destination.service) this.#book.forgetTargets();
    return terms;
  }
}

const NO_WORLD = buildWorld({ namespaces: [], pods: [], manifests: [] });

/** Indexes a world; undefined where who holds an address is not known as data (a world that was put together by hand). */
export function indexWorld(world: World): PolicyIndex | undefined {
  const holdings = holdingsOf(world);
  if (!holdings) return undefined;
  const index = new PolicyIndex(world);
  for (const { policies, ...tier } of world.tiers) {
    index.addTier(tierOf(tier));
    for (const policy of policies) index.addPolicy(policy);
  }
  for (const holding of holdings) index.addHolding(holding);
  for (const [name, content] of world.profiles) index.setProfile(name, content);
  index.setServices(world.serviceTargets);
  for (const endpoint of [...world.endpoints, ...world.hostEndpoints]) index.addEndpoint(endpoint);
  return index;
}

const tierOf = ({ name, order, defaultAction }: Omit<World["tiers"][number], "policies">): Tier => ({
  resource: "tier",
  ref: { apiVersion: "projectcalico.org/v3", kind: "Tier", namespace: "", name },
  labels: {},
  name,
  defaultAction,
  ...(order !== Number.POSITIVE_INFINITY && { order }),
});
