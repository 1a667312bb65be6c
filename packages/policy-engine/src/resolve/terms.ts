import type { World } from "../evaluate/world";
import { entityMatch, type EntityMatch } from "../model/effective-selector";
import type { EntityRule } from "../model/policy";
import { formatCidr, type Cidr } from "../net/address";
import { compareBytes } from "../text/order";
import type { IndexedSelector, LabelIndex } from "./label-index";
import { PrefixIndex } from "./prefix-index";

/** Ranges that rules name together; lists of the same ranges are one. */
export interface NetList {
  readonly id: number;
  readonly key: string;
  readonly nets: readonly Cidr[];
  users: number;
}

/** A service that rules name. */
export interface ServiceTerm {
  readonly id: number;
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  /** Whether it is not known where it sends to: rules that name it are then undecided. */
  unknown: boolean;
  users: number;
}

/**
 * What an end of a rule asks of those who hold its address: one must match `selector`, none may match `notSelector`. Ends
 * that ask the same are one term.
 */
export interface Term {
  /** Its place in the log. */
  id: number;
  readonly key: string;
  /** The namespace of the policy that came with it: terms of one namespace lie together. */
  readonly home: string;
  readonly selector?: IndexedSelector<Term>;
  readonly notSelector?: IndexedSelector<Term>;
  users: number;
}

/** What an end of a rule asks of its address alone: to lie in one list of ranges and outside of another. */
export interface NetTerm {
  id: number;
  readonly key: string;
  readonly nets?: NetList;
  readonly notNets?: NetList;
  users: number;
}

/** What an end of a rule asks, its ports apart. */
export interface EndTerms {
  readonly term: Term;
  readonly nets: NetTerm;
  readonly service?: ServiceTerm;
}

/** The term, and the net term, of an end that asks for nothing. */
export const ANY_TERM = 0;

/** What every address is asked for by the rules that there are: each question is kept once, with the number of its users. */
export class TermBook<Owner> {
  readonly #peers: LabelIndex<Term, Owner>;
  readonly #terms = new Map<string, Term>();
  readonly #netLists = new Map<string, NetList>();
  readonly #services = new Map<string, ServiceTerm>();
  readonly #netTerms = new Map<string, NetTerm>();
  readonly #any: Term = { id: ANY_TERM, key: "", home: "", users: 1 };
  readonly #anywhere: NetTerm = { id: ANY_TERM, key: "", users: 1 };
  readonly netIndex = new PrefixIndex<NetList>();
  /** Terms in the order in which they came; those without users are among them until `compact`. */
  log: readonly Term[] = [this.#any];
  /** The same of net terms. */
  netLog: readonly NetTerm[] = [this.#anywhere];
  /** Changes when ids are given anew, or what is known of services. */
  epoch = 0;
  #serviceTargets: World["serviceTargets"] = () => undefined;
  #nextPartId = 0;
  #sorted = 0;

  constructor(peers: LabelIndex<Term, Owner>) {
    this.#peers = peers;
  }

  get serviceTargets(): World["serviceTargets"] {
    return this.#serviceTargets;
  }

  setServices(serviceTargets: World["serviceTargets"]): void {
    this.#serviceTargets = serviceTargets;
    for (const service of this.#services.values()) service.unknown = this.#isUnknown(service);
    this.epoch += 1;
  }

  /**
   * Gives ids anew where many terms came or went since: those of one namespace get ids that follow each other, so that a
   * program finds the bits of its terms side by side.
   */
  compact(): void {
    const live = this.#terms.size + this.#netTerms.size;
    const listed = this.log.length + this.netLog.length;
    if (listed < live * 2 + 1024 && this.log.length < this.#sorted * 1.25 + 64) return;
    this.log = [this.#any, ...[...this.#terms.values()].sort((a, b) => compareBytes(a.home, b.home))];
    this.netLog = [this.#anywhere, ...this.#netTerms.values()];
    for (const [id, term] of this.log.entries()) term.id = id;
    for (const [id, term] of this.netLog.entries()) term.id = id;
    this.#sorted = this.log.length;
    this.epoch += 1;
  }

  services(): Iterable<ServiceTerm> {
    return this.#services.values();
  }

  /** Registers what an end of a rule of a policy of the namespace (empty: global) asks. */
  acquire(entity: EntityRule, namespace: string): EndTerms {
    const { services, nets, notNets } = entity;
    return {
      term: this.#term(entityMatch(entity, namespace), namespace),
      nets: this.#netTerm(nets, notNets),
      ...(services && { service: this.#service(services.namespace ?? namespace, services.name) }),
    };
  }

  release({ term, nets, service }: EndTerms): void {
    if (term !== this.#any) this.#releaseTerm(term);
    if (nets !== this.#anywhere) this.#releaseNetTerm(nets);
    if (!service) return;
    service.users -= 1;
    if (service.users === 0) this.#services.delete(service.key);
  }

  #service(namespace: string, name: string): ServiceTerm {
    const key = `${namespace}/${name}`;
    let service = this.#services.get(key);
    if (!service) {
      const unknown = this.#isUnknown({ namespace, name });
      service = { id: this.#newPartId(), key, namespace, name, unknown, users: 0 };
      this.#services.set(key, service);
    }
    service.users += 1;
    return service;
  }

  #isUnknown({ namespace, name }: Pick<ServiceTerm, "namespace" | "name">): boolean {
    return this.#serviceTargets(namespace, name) === undefined;
  }

  #newPartId(): number {
    this.#nextPartId += 1;
    return this.#nextPartId;
  }

  #netList(nets: readonly Cidr[]): NetList {
    const key = [...new Set(nets.map(formatCidr))].sort().join(" ");
    let list = this.#netLists.get(key);
    if (!list) {
      list = { id: this.#newPartId(), key, nets, users: 0 };
      this.#netLists.set(key, list);
      for (const net of nets) this.netIndex.add(net, list);
    }
    list.users += 1;
    return list;
  }

  #releaseNets(list: NetList): void {
    list.users -= 1;
    if (list.users > 0) return;
    this.#netLists.delete(list.key);
    for (const net of list.nets) this.netIndex.delete(net, list);
  }

  #term(match: EntityMatch, home: string): Term {
    if (!match.selector && !match.notSelector) return this.#any;
    const selector = match.selector && this.#peers.addSelector(match.selector, this.#any);
    const notSelector = match.notSelector && this.#peers.addSelector(match.notSelector, this.#any);
    const key = `${selector?.id ?? ""}|${notSelector?.id ?? ""}`;
    let term = this.#terms.get(key);
    if (!term) {
      const parts = { ...(selector && { selector }), ...(notSelector && { notSelector }) };
      term = { id: this.log.length, key, home, ...parts, users: 0 };
      this.#terms.set(key, term);
      (this.log as Term[]).push(term);
    }
    term.users += 1;
    for (const part of [selector, notSelector]) {
      if (!part) continue;
      part.uses.add(term);
      this.#peers.removeUse(part, this.#any);
    }
    return term;
  }

  #releaseTerm(term: Term): void {
    term.users -= 1;
    if (term.users > 0) return;
    this.#terms.delete(term.key);
    for (const part of [term.selector, term.notSelector]) if (part) this.#peers.removeUse(part, term);
  }

  #netTerm(nets: readonly Cidr[], notNets: readonly Cidr[]): NetTerm {
    if (nets.length + notNets.length === 0) return this.#anywhere;
    const inside = nets.length > 0 ? this.#netList(nets) : undefined;
    const outside = notNets.length > 0 ? this.#netList(notNets) : undefined;
    const key = `${inside?.id ?? ""}|${outside?.id ?? ""}`;
    let term = this.#netTerms.get(key);
    if (term) {
      // The known term holds its lists already.
      for (const list of [inside, outside]) if (list) list.users -= 1;
    } else {
      term = {
        id: this.netLog.length,
        key,
        ...(inside && { nets: inside }),
        ...(outside && { notNets: outside }),
        users: 0,
      };
      this.#netTerms.set(key, term);
      (this.netLog as NetTerm[]).push(term);
    }
    term.users += 1;
    return term;
  }

  #releaseNetTerm(term: NetTerm): void {
    term.users -= 1;
    if (term.users > 0) return;
    this.#netTerms.delete(term.key);
    for (const list of [term.nets, term.notNets]) if (list) this.#releaseNets(list);
  }
}
