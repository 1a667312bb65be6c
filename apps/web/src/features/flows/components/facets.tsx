"use client";

import type { ReactNode } from "react";
import { ClusterMark, cx, shortCount, VerdictGlyph, verdictWord, type Verdict } from "../../../ui";
import { toggleValue, valuesOf, type FieldName, type Filter } from "../model/filter";

interface FacetValue {
  readonly value: string;
  readonly flows: number;
}

export interface FacetsProps {
  readonly facets: {
    readonly actions: readonly FacetValue[];
    readonly clusters: readonly (FacetValue & { readonly ordinal: number })[];
    readonly namespaces: readonly FacetValue[];
    readonly workloads: readonly FacetValue[];
    readonly policies: readonly FacetValue[];
    readonly ports: readonly FacetValue[];
    readonly protocols: readonly FacetValue[];
  };
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
}

const verdicts: Readonly<Record<string, Verdict>> = { allow: "allow", deny: "deny", pass: "pass", unknown: "unknown" };
const hues: Record<Verdict, string> = {
  allow: "var(--allow)",
  deny: "var(--deny)",
  pass: "var(--pass)",
  staged: "var(--staged)",
  unknown: "var(--unknown)",
};

/** The commonest values beside the table: how often each occurs, and a click that narrows to it. */
export function Facets({ facets, filter, onChange }: FacetsProps) {
  const facet = (title: string, field: FieldName, values: readonly Value[]) => (
    <Facet
      title={title}
      values={values}
      chosen={valuesOf(filter, field)}
      onToggle={(value) => onChange(toggleValue(filter, field, value))}
    />
  );
  return (
    <>
      {facet(
        "Verdict",
        "action",
        facets.actions.map((each) => verdictValue(each)),
      )}
      {facet(
        "Cluster",
        "cluster",
        facets.clusters.map((each) => ({ ...each, mark: <ClusterMark index={each.ordinal} /> })),
      )}
      {facet("Namespace", "namespace", facets.namespaces)}
      {facet("Workload", "workload", facets.workloads)}
      {facet("Policy in the trace", "policy", facets.policies)}
      {facet("Port", "port", facets.ports)}
      {facets.protocols.length > 1 ? facet("Protocol", "protocol", facets.protocols) : null}
    </>
  );
}

interface Value extends FacetValue {
  readonly mark?: ReactNode;
  readonly label?: string;
  readonly hue?: string;
}

function verdictValue({ value, flows }: FacetValue): Value {
  const verdict = verdicts[value] ?? "unknown";
  return { value, flows, label: verdictWord(verdict), mark: <VerdictGlyph verdict={verdict} />, hue: hues[verdict] };
}

const shownValues = 6;

interface FacetListProps {
  readonly title: string;
  readonly values: readonly Value[];
  readonly chosen: readonly string[];
  readonly onToggle: (value: string) => void;
}

function Facet({ title, values, chosen, onToggle }: FacetListProps) {
  // What narrows stays in sight, even when nothing of it occurs.
  const absent = chosen
    .filter((value) => !values.some((each) => each.value === value))
    .map((value): Value => ({ value, flows: 0 }));
  const shown = [...absent, ...values.filter((each, index) => index < shownValues || chosen.includes(each.value))];
  const greatest = Math.max(1, ...values.map((each) => each.flows));
  if (shown.length === 0) return null;
  return (
    <section aria-label={title} className="px-3 pt-1.5 pb-0.5">
      <h3 className="mb-1 text-table font-medium text-muted">{title}</h3>
      <ul>
        {shown.map((each) => (
          <li key={each.value}>
            <button
              type="button"
              aria-pressed={chosen.includes(each.value)}
              onClick={() => onToggle(each.value)}
              title={each.value}
              className={cx(
                "relative -mx-2 flex h-6 w-[calc(100%+16px)] items-center gap-2 rounded-sm px-2 text-left text-table hover:bg-wash",
                chosen.includes(each.value) && "bg-wash-accent font-semibold",
              )}
            >
              {each.mark}
              <span className={cx("min-w-0 flex-1 truncate", each.label === undefined && "font-mono")}>
                {each.label ?? each.value}
              </span>
              <span className="font-normal text-muted">{shortCount(each.flows)}</span>
              <span
                aria-hidden
                className="absolute bottom-px left-2 h-0.5 opacity-55"
                style={{
                  width: `calc((100% - 16px) * ${each.flows / greatest})`,
                  background: each.hue ?? "var(--text)",
                }}
              />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
