import type { ServiceTarget } from "../evaluate/match-entity";
import type { Holder } from "../evaluate/packet";
import type { Holding } from "../evaluate/world";
import type { EndpointPort } from "../model/policy";
import type { IpAddress } from "../net/address";
import type { LabelIndex, LabelItem, Matches } from "./label-index";
import { AddressMap, PrefixIndex } from "./prefix-index";
import type { NetList, ServiceTerm, Term, TermBook } from "./terms";

/** A holder of addresses, as selectors of rules see it. */
export interface HolderRecord {
  readonly holder: Holder;
  readonly item: LabelItem<Term, Holder>;
}

/** What a holder of an address of the class is to the rules: the selectors that match it, and its ports that rules name. */
export interface ClassHolder {
  readonly matches: Matches<Term>;
  readonly ports: readonly EndpointPort[];
}

/** A port that a service sends to at an address of the class. */
export interface ClassTarget extends Omit<ServiceTarget, "address"> {
  readonly service: ServiceTerm;
}

/** Addresses whose holders no selector tells apart. */
export interface HolderClass {
  /** Never used twice. */
  readonly id: number;
  readonly key: string;
  readonly holders: readonly ClassHolder[];
  addressClasses: number;
}

/** Addresses of one IP version that no list of ranges, named by rules, tells apart. */
export interface NetClass {
  /** Never used twice. */
  readonly id: number;
  readonly key: string;
  readonly version: 4 | 6;
  /** The lists that contain the addresses. */
  readonly lists: ReadonlySet<NetList>;
  addressClasses: number;
}

/** Addresses that no rule tells apart. */
export interface AddressClass {
  /** Never used twice. */
  readonly id: number;
  readonly key: string;
  readonly held: HolderClass;
  readonly nets: NetClass;
  readonly targets: readonly ClassTarget[];
  members: number;
}

/** An address whose class is known as of `version` of the book. */
export interface AddressRecord {
  readonly address: IpAddress;
  /** The endpoints that hold it. */
  readonly holders: HolderRecord[];
  class: AddressClass | undefined;
  version: number;
}

const portText = ({ name, protocol, port }: EndpointPort): string => `${name}/${protocol}/${port}`;

/**
 * Who holds which address, and the classes of addresses. An address is classified when it is asked for, again when
 * anything has changed since: that costs one look, whatever the number of endpoints, sets and rules.
 */
export class AddressBook {
  readonly #peers: LabelIndex<Term, Holder>;
  readonly #terms: TermBook<Holder>;
  readonly #records = new AddressMap<AddressRecord>();
  readonly #holdings = new PrefixIndex<HolderRecord>();
  readonly #held = new Map<Holding, HolderRecord>();
  readonly #classes = new Map<string, AddressClass>();
  readonly #netClasses = new Map<string, NetClass>();
  readonly #holderClasses = new Map<string, HolderClass>();
  /** Names of ports that rules mention, with the number of mentions. */
  readonly #portNames = new Map<string, number>();
  #targets: AddressMap<ClassTarget[]> | undefined;
  #nextId = 0;
  /** To be raised with every change of what the index holds. */
  version = 0;

  constructor(peers: LabelIndex<Term, Holder>, terms: TermBook<Holder>) {
    this.#peers = peers;
    this.#terms = terms;
  }

  addHolder(holder: Holder): HolderRecord {
    return { holder, item: this.#peers.addItem(holder.labels, holder) };
  }

  removeHolder({ item }: HolderRecord): void {
    this.#peers.removeItem(item);
  }

  /** Lets a holder hold an address. */
  hold(address: IpAddress, holder: HolderRecord): AddressRecord {
    let record = this.#records.get(address);
    if (!record) {
      record = { address, holders: [], class: undefined, version: -1 };
      this.#records.set(address, record);
    }
    record.holders.push(holder);
    return record;
  }

  letGo(record: AddressRecord, holder: HolderRecord): void {
    const at = record.holders.indexOf(holder);
    if (at >= 0) record.holders.splice(at, 1);
    if (record.holders.length > 0) return;
    this.#leaveClass(record);
    this.#records.delete(record.address);
  }

  addHolding(holding: Holding): void {
    const record = this.addHolder(holding.holder);
    this.#held.set(holding, record);
    for (const net of holding.nets) this.#holdings.add(net, record);
  }

  removeHolding(holding: Holding): void {
    const record = this.#held.get(holding);
    if (!record) return;
    this.#held.delete(holding);
    for (const net of holding.nets) this.#holdings.delete(net, record);
    this.removeHolder(record);
  }

  /** To be called when services change, or rules name others than before. */
  forgetTargets(): void {
    this.#targets = undefined;
  }

  mentionPort(name: string, by: 1 | -1): void {
    const mentions = (this.#portNames.get(name) ?? 0) + by;
    if (mentions > 0) this.#portNames.set(name, mentions);
    else this.#portNames.delete(name);
  }

  holdersOf(address: IpAddress): readonly Holder[] {
    return this.#holdersOf(address, this.#records.get(address)).map(({ holder }) => holder);
  }

  /** The record of an address, whether an endpoint holds it or not. */
  recordOf(address: IpAddress): AddressRecord {
    return this.#records.get(address) ?? { address, holders: [], class: undefined, version: -1 };
  }

  /** The class of an address as of now. */
  classOf(record: AddressRecord): AddressClass {
    if (record.class && record.version === this.version) return record.class;
    const found = this.#classify(record);
    if (found !== record.class) {
      this.#leaveClass(record);
      record.class = found;
      found.members += 1;
    }
    record.version = this.version;
    return found;
  }

  #leaveClass(record: AddressRecord): void {
    const { class: left } = record;
    record.class = undefined;
    if (!left) return;
    left.members -= 1;
    if (left.members > 0) return;
    this.#classes.delete(left.key);
    left.held.addressClasses -= 1;
    if (left.held.addressClasses === 0) this.#holderClasses.delete(left.held.key);
    left.nets.addressClasses -= 1;
    if (left.nets.addressClasses === 0) this.#netClasses.delete(left.nets.key);
  }

  #holdersOf(address: IpAddress, record: AddressRecord | undefined): readonly HolderRecord[] {
    const wide = this.#holdings.containing(address);
    const own = record?.holders ?? [];
    return wide.length === 0 ? own : [...own, ...wide];
  }

  #classify(record: AddressRecord): AddressClass {
    const { address } = record;
    const held = this.#holderClass(this.#holdersOf(address, record));
    const nets = this.#netClass(address);
    const targets = this.#targetsAt(address);
    const key = [held.id, nets.id, targets.map(targetText).join(",")].join("|");
    const known = this.#classes.get(key);
    if (known) return known;
    const made = { id: this.#newId(), key, held, nets, targets, members: 0 };
    held.addressClasses += 1;
    nets.addressClasses += 1;
    this.#classes.set(key, made);
    return made;
  }

  #holderClass(holders: readonly HolderRecord[]): HolderClass {
    const byKey = new Map(holders.map((held) => [this.holderKey(held), held]));
    const key = byKey.size < 2 ? [...byKey.keys()].join("") : [...byKey.keys()].sort().join(",");
    let known = this.#holderClasses.get(key);
    if (!known) {
      const distinct = [...byKey.values()].map((held) => this.#classHolder(held));
      known = { id: this.#newId(), key, holders: distinct, addressClasses: 0 };
      this.#holderClasses.set(key, known);
    }
    return known;
  }

  #netClass(address: IpAddress): NetClass {
    const lists = this.#terms.netIndex.containing(address);
    const key = `${address.version}|${ids(lists)}`;
    let known = this.#netClasses.get(key);
    if (!known) {
      known = { id: this.#newId(), key, version: address.version, lists: new Set(lists), addressClasses: 0 };
      this.#netClasses.set(key, known);
    }
    return known;
  }

  #newId(): number {
    this.#nextId += 1;
    return this.#nextId;
  }

  /** What a holder is to the rules, as text that is equal for those that are the same. */
  holderKey({ item, holder }: HolderRecord): string {
    const ports = this.#namedPorts(holder);
    const { id } = this.#peers.matchesOf(item);
    return ports.length === 0 ? String(id) : `${id}:${JSON.stringify(ports.map(portText).sort())}`;
  }

  #namedPorts({ ports }: Holder): readonly EndpointPort[] {
    return ports.length === 0 ? ports : ports.filter(({ name }) => this.#portNames.has(name));
  }

  #classHolder({ item, holder }: HolderRecord): ClassHolder {
    return { matches: this.#peers.matchesOf(item), ports: this.#namedPorts(holder) };
  }

  #targetsAt(address: IpAddress): readonly ClassTarget[] {
    this.#targets ??= this.#indexTargets();
    return this.#targets.get(address) ?? [];
  }

  #indexTargets(): AddressMap<ClassTarget[]> {
    const index = new AddressMap<ClassTarget[]>();
    for (const service of this.#terms.services()) {
      for (const { address, protocol, port } of this.#terms.serviceTargets(service.namespace, service.name) ?? []) {
        const here = index.get(address) ?? [];
        here.push({ service, protocol, port });
        index.set(address, here);
      }
    }
    return index;
  }
}

const targetText = ({ service, protocol, port }: ClassTarget): string => `${service.id}/${protocol}/${port}`;

const ids = (nets: readonly NetList[]): string =>
  nets
    .map(({ id }) => id)
    .sort((a, b) => a - b)
    .join(",");
