import { ClusterModel } from "../connectivity/cluster-model";
import { heldAddresses, type HeldAddresses } from "../connectivity/external-classes";
import type { EndpointAddress } from "../connectivity/end-classes";
import { Registry } from "../connectivity/registry";
import { planOf } from "../connectivity/rule-end";
import { standpointKey } from "../connectivity/policy-effect";
import { Tables } from "../connectivity/tables";
import type { View } from "../evaluate/applying";
import type { World } from "../evaluate/world";
import type { Direction } from "../model/rule";
import type { IpAddress } from "../net/address";
import { freeAddress } from "../proof/free-address";
import { addressesOfRanges, type IpVersion } from "../sets/address-set";
import { Subjects, type Subject } from "./subjects";

/** Addresses of endpoints at which the same policies decide in one direction, and are told the same by their own address. */
export interface Standpoint {
  readonly view: View;
  readonly subject: Subject;
  /** Class of the endpoints' own address. */
  readonly own: number;
  readonly version: IpVersion;
  readonly example: EndpointAddress;
}

function fillRegistry(registry: Registry, { tiers, profiles }: World): Registry {
  for (const { policies } of tiers) for (const policy of policies) registry.addPlan(planOf(policy, policy));
  for (const profile of profiles.values()) registry.addPlan(planOf(profile));
  return registry;
}

/** One cluster made ready for review: who judges, and whose addresses rules can meet. */
export class Arena {
  readonly world: World;
  readonly tables = new Tables();
  readonly model: ClusterModel;
  /** For each version, the classes in which there is an address, and one that stands for it. */
  readonly peers: Readonly<Record<IpVersion, readonly number[]>>;
  readonly #subjects: Subjects;
  readonly #examples = new Map<number, IpAddress>();

  constructor(world: World) {
    this.world = world;
    this.#subjects = new Subjects(world);
    const addresses = [...world.endpoints, ...world.hostEndpoints].flatMap((endpoint) => endpoint.addresses);
    const registry = fillRegistry(new Registry(), world);
    this.model = new ClusterModel({ world, registry, tables: this.tables, addresses });
    for (const address of addresses) this.#meet(this.model.classes.classOf(address), address);
    this.#meetOutside(heldAddresses(addresses));
    const peers = (version: IpVersion) =>
      [...this.#examples].flatMap(([its, address]) => (address.version === version ? [its] : []));
    this.peers = { 4: peers(4), 6: peers(6) };
  }

  /** An address of a class. */
  exampleOf(its: number): IpAddress | undefined {
    return this.#examples.get(its);
  }

  /** Every standpoint of one direction; pending ones where they differ from those in force. */
  standpoints(view: View, direction: Direction): readonly Standpoint[] {
    const { classes } = this.model;
    const known = new Map<Subject, Map<string, Standpoint>>();
    const seen = new Map<Subject, Set<number>>();
    for (const endpoint of this.world.endpoints) {
      const subject = this.#subjects.of(endpoint, view, direction);
      if (!subject) continue;
      const [ofSubject, owns] = [
        known.get(subject) ?? new Map<string, Standpoint>(),
        seen.get(subject) ?? new Set<number>(),
      ];
      known.set(subject, ofSubject);
      seen.set(subject, owns);
      for (const address of endpoint.addresses) {
        const own = classes.classOf(address);
        if (owns.has(own)) continue;
        owns.add(own);
        const key = this.#ownKey(subject, own, address.version);
        if (ofSubject.has(key)) continue;
        ofSubject.set(key, { view, subject, own, version: address.version, example: { endpoint, address } });
      }
    }
    return [...known.values()].flatMap((standpoints) => [...standpoints.values()]);
  }

  /** What the rules of a subject ask of the endpoint's own address, as a text that is equal where that is the same. */
  #ownKey({ plans }: Subject, own: number, version: IpVersion): string {
    const keys = plans.map((plan) => standpointKey(plan, { model: this.model, own }));
    return `${version} ${keys.join(";")}`;
  }

  #meet(its: number, address: IpAddress): void {
    if (!this.#examples.has(its)) this.#examples.set(its, address);
  }

  #meetOutside(held: HeldAddresses): void {
    const { classes } = this.model;
    const { pieces, outside } = classes.space;
    for (const [at, { version, from, to }] of pieces.entries()) {
      const its = classes.classOfGroup(outside[at] ?? 0);
      if (this.#examples.has(its)) continue;
      const free = freeAddress(addressesOfRanges([{ version, from, to }]), held);
      if (free) this.#meet(its, free);
    }
  }
}
