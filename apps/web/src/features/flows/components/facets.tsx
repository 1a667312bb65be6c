"use client";

import { toggleValue, valuesOf, type FieldName, type Filter, type Wanted } from "@isthmus/flow-filter";
import { CircleMinus } from "lucide-react";
import type { ReactNode } from "react";
import { ClusterMark, cx, shortCount, VerdictGlyph, verdictWord, type Verdict } from "../../../ui";

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

/** The commonest values beside the table: how often each occurs, a click that narrows to it, one that leaves it out. */
export function Facets({ facets, filter, onChange }: FacetsProps) {
  const facet = (title: string, field: FieldName, values: readonly Value[]) => (
    <Facet
      title={title}
      values={values}
      chosen={valuesOf(filter, field)}
      leftOut={valuesOf(filter, field, "not in")}
      onToggle={(value, wanted) => onChange(toggleValue(filter, field, { value, wanted }))}
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
  readonly leftOut: readonly string[];
  readonly onToggle: (value: string, wanted: Wanted) => void;
}

function Facet({ title, values, chosen, leftOut, onToggle }: FacetListProps) {
  // What narrows stays in sight, even when nothing of it occurs.
  const named = [...chosen, ...leftOut];
  const absent = named
    .filter((value) => !values.some((each) => each.value === value))
    .map((value): Value => ({ value, flows: 0 }));
  const shown = [...absent, ...values.filter((each, index) => index < shownValues || named.includes(each.value))];
  const greatest = Math.max(1, ...values.map((each) => each.flows));
  if (shown.length === 0) return null;
  return (
    <section aria-label={title} className="px-3 pt-1.5 pb-0.5">
      <h3 className="mb-1 text-table font-medium text-muted">{title}</h3>
      <ul>
        {shown.map((each) => (
          <FacetRow
            key={each.value}
            value={each}
            share={each.flows / greatest}
            isChosen={chosen.includes(each.value)}
            isLeftOut={leftOut.includes(each.value)}
            onToggle={onToggle}
          />
        ))}
      </ul>
    </section>
  );
}

interface FacetRowProps {
  readonly value: Value;
  /** Of the most frequent value's flows, from 0 to 1. */
  readonly share: number;
  readonly isChosen: boolean;
  readonly isLeftOut: boolean;
  readonly onToggle: FacetListProps["onToggle"];
}

function FacetRow({ value: each, share, isChosen, isLeftOut, onToggle }: FacetRowProps) {
  return (
    <li className="group relative">
      <button
        type="button"
        aria-pressed={isChosen}
        onClick={() => onToggle(each.value, "in")}
        title={each.value}
        className={cx(
          "relative -mx-2 flex h-6 w-[calc(100%+16px)] items-center gap-2 rounded-sm px-2 text-left text-table hover:bg-wash",
          isChosen && "bg-wash-accent font-semibold",
        )}
      >
        {each.mark}
        <span
          className={cx(
            "min-w-0 flex-1 truncate",
            each.label === undefined && "font-mono",
            isLeftOut && "text-muted line-through",
          )}
        >
          {each.label ?? each.value}
        </span>
        <span className={cx("font-normal text-muted group-hover:mr-5", isLeftOut && "invisible")}>
          {shortCount(each.flows)}
        </span>
        <span
          aria-hidden
          className="absolute bottom-px left-2 h-0.5 opacity-55"
          style={{ width: `calc((100% - 16px) * ${share})`, background: each.hue ?? "var(--text)" }}
        />
      </button>
      <button
        type="button"
        aria-pressed={isLeftOut}
        aria-label={`Leave out ${each.label ?? each.value}`}
        title="Leave out"
        onClick={() => onToggle(each.value, "not in")}
        className={cx(
          "absolute top-0 -right-1.5 flex size-6 items-center justify-center rounded-sm text-muted hover:text-text focus-visible:opacity-100",
          isLeftOut ? "text-text" : "opacity-0 group-hover:opacity-100",
        )}
      >
        <CircleMinus size={14} aria-hidden />
      </button>
    </li>
  );
}
