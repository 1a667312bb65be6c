import type { NetworkSet } from "../model/policy";
import { parseAddress, type IpAddress } from "../net/address";
import type { LabelMap } from "../selector/evaluate";
import { addressKey } from "./holders";
import type { Holder } from "./packet";
import type { WorldDomain } from "./world-input";

/** A network set with domains, and the labels that selectors see on it. */
export interface DomainSet {
  readonly set: Pick<NetworkSet, "allowedEgressDomains">;
  readonly labels: LabelMap;
}

/** The name in the form in which names are compared: DNS does not tell cases apart, and the root is left out. */
const plain = (name: string): string => name.toLowerCase().replace(/\.$/, "");

/**
 * Whether a name is what a domain of a policy means: itself, or with one `*` in the place of a component any name with
 * one component or more there (Calico Enterprise, DNS policy, domain name matching).
 */
export function domainMatches(domain: string, name: string): boolean {
  const [wanted, compared] = [plain(domain).split("."), plain(name).split(".")];
  const star = wanted.indexOf("*");
  if (star < 0) return plain(domain) === plain(name);
  const [head, tail] = [wanted.slice(0, star), wanted.slice(star + 1)];
  if (compared.length < wanted.length) return false;
  const end = tail.length === 0 ? [] : compared.slice(-tail.length);
  return head.every((part, i) => compared[i] === part) && tail.every((part, i) => end[i] === part);
}

/** What is known of the addresses behind domains: those that DNS was seen to answer. */
export class DomainBook {
  readonly #names: readonly { readonly name: string; readonly addresses: ReadonlySet<string> }[];
  readonly #known = new Map<string, ReadonlySet<string> | undefined>();
  /** Every address that was observed for any name. */
  readonly addresses: readonly IpAddress[];
  readonly #sets: readonly { readonly holder: Holder; readonly domains: readonly string[] }[];

  constructor(observed: readonly WorldDomain[], sets: readonly DomainSet[]) {
    this.addresses = observed.flatMap(({ addresses }) => addresses.flatMap((text) => parseAddress(text) ?? []));
    this.#names = observed.map(({ name, addresses }) => ({
      name,
      addresses: new Set(addresses.flatMap((text) => parseAddress(text) ?? []).map(addressKey)),
    }));
    this.#sets = sets
      .filter(({ set }) => set.allowedEgressDomains.length > 0)
      .map(({ set, labels }) => ({ holder: { labels, ports: [] }, domains: set.allowedEgressDomains }));
  }

  /** Whether there are network sets with domains. */
  get hasSets(): boolean {
    return this.#sets.length > 0;
  }

  /** Addresses of all observed names that the domain means; undefined where none of them was observed. */
  #addressesOf(domain: string): ReadonlySet<string> | undefined {
    if (this.#known.has(domain)) return this.#known.get(domain);
    const meant = this.#names.filter(({ name }) => domainMatches(domain, name));
    const found = meant.length > 0 ? new Set(meant.flatMap(({ addresses }) => [...addresses])) : undefined;
    this.#known.set(domain, found);
    return found;
  }

  /** Whether an address is of one of the domains, or the first domain of which nothing is known. */
  holds(domains: readonly string[], address: IpAddress): boolean | { readonly unobserved: string } {
    const key = addressKey(address);
    if (domains.some((domain) => this.#addressesOf(domain)?.has(key))) return true;
    const unobserved = domains.find((domain) => this.#addressesOf(domain) === undefined);
    return unobserved === undefined ? false : { unobserved };
  }

  /** Network sets that hold the address by their domains, and those of which that is not known. */
  setsAt(
    address: IpAddress,
  ): readonly { readonly holder: Holder; readonly holds: true | { readonly unobserved: string } }[] {
    return this.#sets.flatMap(({ holder, domains }) => {
      const holds = this.holds(domains, address);
      return holds === false ? [] : [{ holder, holds }];
    });
  }
}
