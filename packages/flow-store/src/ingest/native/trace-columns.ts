import type { PolicyHit, Verdict } from "../../domain";
import type { Coded, FlowTable } from "../flow-table";
import { decidingOf, encodeHit } from "../trace";

/** Columns that follow from a flow's traces, worked out once for each trace and not for each row. */
export interface TraceColumns {
  readonly enforced: Coded<readonly string[]>;
  readonly pending: Coded<readonly string[]>;
  /** Names of the policies in both traces, each once. */
  readonly policyNames: Coded<readonly string[]>;
  readonly pendingAction: Coded<Verdict>;
  readonly decidingKind: Coded<string>;
  readonly decidingTier: Coded<string>;
  readonly decidingNamespace: Coded<string>;
  readonly decidingName: Coded<string>;
  readonly decidingRule: Int32Array;
  readonly decidingByDefault: Uint8Array;
}

/** Works out the columns that follow from the traces of a table's rows. */
export function traceColumns({ rows, enforced, pending }: FlowTable): TraceColumns {
  const deciding = enforced.values.map(decidingOf);
  const of = (field: "kind" | "tier" | "namespace" | "name"): Coded<string> => ({
    values: deciding.map((policy) => policy?.[field] ?? ""),
    codes: enforced.codes,
  });
  const decidingRule = new Int32Array(rows);
  const decidingByDefault = new Uint8Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const policy = deciding[enforced.codes[row] ?? 0];
    decidingRule[row] = policy?.ruleIndex ?? -1;
    decidingByDefault[row] = policy?.byTierDefault === true ? 1 : 0;
  }
  return {
    enforced: { values: enforced.values.map((trace) => trace.map(encodeHit)), codes: enforced.codes },
    pending: { values: pending.values.map((trace) => trace.map(encodeHit)), codes: pending.codes },
    policyNames: policyNames(rows, enforced, pending),
    pendingAction: {
      values: pending.values.map((trace) => decidingOf(trace)?.action ?? "unknown"),
      codes: pending.codes,
    },
    decidingKind: of("kind"),
    decidingTier: of("tier"),
    decidingNamespace: of("namespace"),
    decidingName: of("name"),
    decidingRule,
    decidingByDefault,
  };
}

type Traces = Coded<readonly PolicyHit[]>;

/** The names follow from both traces, so that each pair of them is looked at once. */
function policyNames(rows: number, enforced: Traces, pending: Traces): Coded<readonly string[]> {
  const values: (readonly string[])[] = [];
  const codes = new Uint32Array(rows);
  const pairs = new Map<number, number>();
  for (let row = 0; row < rows; row += 1) {
    const [first, second] = [enforced.codes[row] ?? 0, pending.codes[row] ?? 0];
    const pair = first * pending.values.length + second;
    let code = pairs.get(pair);
    if (code === undefined) {
      code = values.push(namesIn([...(enforced.values[first] ?? []), ...(pending.values[second] ?? [])])) - 1;
      pairs.set(pair, code);
    }
    codes[row] = code;
  }
  return { values, codes };
}

function namesIn(hits: readonly PolicyHit[]): readonly string[] {
  const names = new Set(hits.flatMap((hit) => [hit.name, hit.trigger?.name ?? ""]));
  names.delete("");
  return [...names];
}
