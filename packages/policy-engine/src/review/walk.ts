import type { IpVersion } from "../sets/address-set";
import { witnessConnection } from "../sets/connection-set";
import { NONE, type SetId } from "../connectivity/tables";
import type { RuleAction } from "../model/rule";
import type { Arena } from "./arena";
import { canMatter, type PolicyCase, type RuleCase } from "./cases";
import type { RuleColumn } from "./rule-columns";
import { findAt, valueOf } from "./sparse";
import type { Station, Way, Ways } from "./stations";
import type { ReviewWitness } from "./types";

interface Classes {
  readonly all: readonly number[];
  readonly has: (its: number) => boolean;
}

/** A rule of a policy at a station of a way. */
interface Asked {
  readonly way: Way;
  readonly station: Station;
  readonly column: RuleColumn;
}

/** Finds out, standpoint by standpoint, what becomes of the rules of policies. */
export class Inquiry {
  readonly #arena: Arena;
  readonly #ways: Ways;
  readonly #classes: Readonly<Record<IpVersion, Classes>>;

  constructor(ways: Ways) {
    this.#ways = ways;
    this.#arena = ways.arena;
    const classes = (version: IpVersion): Classes => {
      const all = this.#arena.peers[version];
      const inside = new Set(all);
      return { all, has: (its) => inside.has(its) };
    };
    this.#classes = { 4: classes(4), 6: classes(6) };
  }

  /** Asks which rules of a way match, and which are reached. */
  askReach(way: Way, caseOf: (station: Station) => PolicyCase | undefined): void {
    const { direction } = way.standpoint.subject;
    for (const station of way.stations) {
      for (const rule of caseOf(station)?.rules[direction] ?? []) {
        const column = station.columns.rules[rule.index];
        if (column && !rule.reached) this.#reach({ way, station, column }, rule);
      }
    }
  }

  /** Asks which rules and policies of a way make a difference. */
  askEffect(way: Way, caseOf: (station: Station) => PolicyCase | undefined): void {
    const { direction } = way.standpoint.subject;
    for (const station of way.stations) {
      const found = caseOf(station);
      if (!found) continue;
      for (const rule of found.rules[direction]) {
        const column = station.columns.rules[rule.index];
        if (column && canMatter(rule)) rule.matters = this.#ruleMatters({ way, station, column }, rule);
      }
      if (!found.matters) found.matters = this.#policyMatters(way, station);
    }
  }

  #find(way: Way, column: RuleColumn["may"], look: (its: number, value: number) => true | undefined): true | undefined {
    return findAt({ column, idle: NONE }, this.#classes[way.standpoint.version], look);
  }

  /** What of a set may get as far as a station. */
  #arriving({ entering }: Station, its: number, set: SetId): SetId {
    const [remain] = this.#ways.columns.flows.get(entering[its] ?? 0);
    return this.#arena.tables.sets.intersect(set, remain);
  }

  #reach({ way, station, column }: Asked, rule: RuleCase): void {
    rule.matched ||= this.#find(way, column.may, () => true) ?? false;
    this.#find(way, column.reach, (its, set) => {
      const deciding = this.#arriving(station, its, set);
      rule.reached = deciding === NONE ? undefined : this.#witness(way, its, deciding);
      return rule.reached ? true : undefined;
    });
  }

  #ruleMatters(asked: Asked, { rule }: RuleCase): boolean {
    const { station, column } = asked;
    return this.#decides(asked, (its, deciding) => {
      const after = this.#ways.resolve(valueOf(column.tail, its), station.after[its] ?? 0, station.beyond[its] ?? 0);
      return !this.#same(station, its, { action: rule.action, deciding, after });
    });
  }

  /**
   * Whether something that a rule may decide is found to make a difference. A rule of which it is not known whether it
   * matches does: a verdict is unknown with it, even where both answers would come to the same.
   */
  #decides({ way, station, column }: Asked, differs: (its: number, deciding: SetId) => boolean): boolean {
    const { sets, extents } = this.#arena.tables;
    return (
      this.#find(way, column.reach, (its, set) => {
        const deciding = this.#arriving(station, its, set);
        if (deciding === NONE) return undefined;
        // Without a rule of which it is not known whether it matches, something would be known.
        const [, maybe] = extents.get(valueOf(column.match, its));
        return sets.intersect(deciding, maybe) !== NONE || differs(its, deciding) ? true : undefined;
      }) ?? false
    );
  }

  /** Whether what an action makes of some connections is for sure what would become of them otherwise. */
  #same(
    { beyond }: Station,
    its: number,
    { action, deciding, after }: { readonly action: RuleAction; readonly deciding: SetId; readonly after: number },
  ): boolean {
    const { sets, extents } = this.#arena.tables;
    const [allow, unknown] = extents.get(after);
    if (action === "Allow") return sets.subtract(deciding, allow) === NONE;
    if (action === "Deny") return sets.intersect(deciding, sets.union(allow, unknown)) === NONE;
    const [passedAllow, passedUnknown] = extents.get(beyond[its] ?? 0);
    return (
      sets.intersect(deciding, sets.union(unknown, passedUnknown)) === NONE &&
      sets.intersect(deciding, allow) === sets.intersect(deciding, passedAllow)
    );
  }

  /** Whether something would be decided otherwise at the way's standpoint if the station were not there, or might be. */
  #policyMatters(way: Way, station: Station): boolean {
    const { policy, columns, alone, after, beyond } = station;
    const { direction } = way.standpoint.subject;
    if (policy.unknown.length > 0) return true;
    const without = (its: number): number => (alone ? beyond : after)[its] ?? 0;
    const byRule = columns.rules.some((column, i) => {
      const action = policy[direction][i]?.action ?? "Log";
      if (action === "Log") return false;
      return this.#decides(
        { way, station, column },
        (its, deciding) => !this.#same(station, its, { action, deciding, after: without(its) }),
      );
    });
    if (byRule || !alone) return byRule;
    const { sets, extents } = this.#arena.tables;
    return this.#classes[way.standpoint.version].all.some((its) => {
      // What no rule matches: at the end of the tier, or in the next one.
      const [stays] = this.#ways.columns.flows.get(valueOf(columns.flow, its));
      const left = this.#arriving(station, its, stays);
      if ((after[its] ?? 0) === (beyond[its] ?? 0)) return false;
      return sets.intersect(left, sets.union(...extents.get(beyond[its] ?? 0))) !== NONE;
    });
  }

  #witness({ standpoint }: Way, its: number, set: SetId): ReviewWitness | undefined {
    const peer = this.#arena.exampleOf(its);
    const connection = witnessConnection(this.#arena.tables.sets.set(set));
    return (
      peer && connection && { own: standpoint.example.address, endpoint: standpoint.example.endpoint, peer, connection }
    );
  }
}
