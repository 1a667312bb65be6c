import { entityMatch } from "../model/effective-selector";
import type { EntityRule } from "../model/policy";
import { formatCidr, type Cidr } from "../net/address";
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
  users: number;
}

/**
 * What an end of a rule asks of an address, its ports apart: every part that is present must hold. Ends that ask the same
 * are one term. A service is part of it at the source alone, where its ports do not count.
 */
export interface Term {
  readonly id: number;
  readonly key: string;
  readonly selector?: IndexedSelector<Term>;
  readonly notSelector?: IndexedSelector<Term>;
  readonly nets?: NetList;
  readonly notNets?: NetList;
  readonly service?: ServiceTerm;
  users: number;
}

/** Where an end of a rule stands. */
export interface TermPlace {
  /** Empty for global policies. */
  readonly namespace: string;
  readonly side: "source" | "destination";
}

/** The term of an end that asks for nothing. */
export const ANY_TERM = 0;

/** What every address is asked for by the rules that there are: each question is kept once, with the number of its users. */
export class TermBook<Owner> {
  readonly #peers: LabelIndex<Term, Owner>;
  readonly #terms = new Map<string, Term>();
  readonly #netLists = new Map<string, NetList>();
  readonly #services = new Map<string, ServiceTerm>();
  readonly #any: Term = { id: ANY_TERM, key: "", users: 1 };
  readonly netIndex = new PrefixIndex<NetList>();
  /** Terms in the order in which they came; those without users are among them until the ids are given anew. */
  readonly log: Term[] = [this.#any];
  #nextPartId = 0;

  constructor(peers: LabelIndex<Term, Owner>) {
    this.#peers = peers;
  }

  services(): Iterable<ServiceTerm> {
    return this.#services.values();
  }

  acquire(entity: EntityRule, { namespace, side }: TermPlace): Term {
    const match = entityMatch(entity, namespace);
    const users = { key: "", users: 0 };
    const draft: Omit<Term, "id"> = {
      ...users,
      ...(match.selector && { selector: this.#peers.addSelector(match.selector, this.#any) }),
      ...(match.notSelector && { notSelector: this.#peers.addSelector(match.notSelector, this.#any) }),
      ...(entity.nets.length > 0 && { nets: this.#netList(entity.nets) }),
      ...(entity.notNets.length > 0 && { notNets: this.#netList(entity.notNets) }),
      ...(entity.services &&
        side === "source" && {
          service: this.acquireService(entity.services.namespace ?? namespace, entity.services.name),
        }),
    };
    return this.#intern(draft);
  }

  release(term: Term): void {
    if (term === this.#any) return;
    term.users -= 1;
    if (term.users > 0) return;
    this.#terms.delete(term.key);
    this.#releaseParts(term, term);
  }

  acquireService(namespace: string, name: string): ServiceTerm {
    const key = `${namespace}/${name}`;
    let service = this.#services.get(key);
    if (!service) {
      service = { id: this.#newPartId(), key, namespace, name, users: 0 };
      this.#services.set(key, service);
    }
    service.users += 1;
    return service;
  }

  releaseService(service: ServiceTerm): void {
    service.users -= 1;
    if (service.users === 0) this.#services.delete(service.key);
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

  #intern(draft: Omit<Term, "id">): Term {
    const { selector, notSelector, nets, notNets, service } = draft;
    const parts = [selector, notSelector, nets, notNets, service].map((part) => part?.id ?? "");
    const key = parts.join("|");
    if (key === "||||") return this.#any;
    const known = this.#terms.get(key);
    if (known) {
      known.users += 1;
      // The parts were asked for once more: what the known term holds already is given back.
      this.#releaseParts(draft, this.#any);
      return known;
    }
    const term: Term = { ...draft, id: this.log.length, key, users: 1 };
    for (const part of [selector, notSelector]) {
      if (!part) continue;
      part.uses.add(term);
      this.#peers.removeUse(part, this.#any);
    }
    this.#terms.set(key, term);
    this.log.push(term);
    return term;
  }

  #releaseParts({ selector, notSelector, nets, notNets, service }: Omit<Term, "id">, use: Term): void {
    if (selector) this.#peers.removeUse(selector, use);
    if (notSelector) this.#peers.removeUse(notSelector, use);
    if (nets) this.#releaseNets(nets);
    if (notNets) this.#releaseNets(notNets);
    if (service) this.releaseService(service);
  }
}
