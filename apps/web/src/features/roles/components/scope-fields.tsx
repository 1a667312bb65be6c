"use client";

import { useId } from "react";
import { Badge, ClusterName, Field, Segments } from "../../../ui";
import { clustersReached, type ScopeDraft, type ScopeDraftProblems } from "../model/scope-draft";

/** A cluster that a scope can be made of. */
export interface ScopeCluster {
  readonly id: string;
  readonly name: string;
  readonly ordinal: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ScopeFieldsProps {
  readonly draft: ScopeDraft;
  readonly onChange: (draft: ScopeDraft) => void;
  readonly problems: ScopeDraftProblems;
  readonly clusters: readonly ScopeCluster[];
  /** Names of tiers to choose from; others may be typed. */
  readonly tiers: readonly string[];
}

/** Where a role holds: clusters, namespaces and tiers, each all or some, with what that reaches now. */
export function ScopeFields({ draft, onChange, problems, clusters, tiers }: ScopeFieldsProps) {
  const set = (changes: Partial<ScopeDraft>) => onChange({ ...draft, ...changes });
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="mb-1 text-table font-medium text-muted">Where</legend>
      <Dimension label="Clusters">
        <Segments
          label="Clusters"
          value={draft.clusters}
          onChange={(kind) => set({ clusters: kind })}
          tabs={[
            { value: "all", label: "All" },
            { value: "selector", label: "By label" },
            { value: "ids", label: "Chosen" },
          ]}
        />
      </Dimension>
      {draft.clusters === "selector" ? (
        <SelectorField draft={draft} set={set} problem={problems.clusters} clusters={clusters} />
      ) : null}
      {draft.clusters === "ids" ? (
        <ClusterChoices
          clusters={clusters}
          chosen={draft.clusterIds}
          onChange={(clusterIds) => set({ clusterIds })}
          problem={problems.clusters}
        />
      ) : null}
      <Reached draft={draft} clusters={clusters} />
      <Names
        label="Namespaces"
        some={draft.someNamespaces}
        text={draft.namespaces}
        problem={problems.namespaces}
        hint="Apart by commas, the same in every cluster. What belongs to no namespace is then out of reach."
        onSome={(someNamespaces) => set({ someNamespaces })}
        onText={(namespaces) => set({ namespaces })}
      />
      <Names
        label="Tiers"
        some={draft.someTiers}
        text={draft.tiers}
        problem={problems.tiers}
        hint="Apart by commas. Counts for tiers and policies; flows and inventory are not limited by it."
        offered={tiers}
        onSome={(someTiers) => set({ someTiers })}
        onText={(text) => set({ tiers: text })}
      />
    </fieldset>
  );
}

const Dimension = ({ label, children }: { readonly label: string; readonly children: React.ReactNode }) => (
  <div className="flex flex-wrap items-center justify-between gap-2">
    <span>{label}</span>
    {children}
  </div>
);

interface SelectorFieldProps {
  readonly draft: ScopeDraft;
  readonly set: (changes: Partial<ScopeDraft>) => void;
  readonly problem: string | undefined;
  readonly clusters: readonly ScopeCluster[];
}

function SelectorField({ draft, set, problem, clusters }: SelectorFieldProps) {
  const offered = [
    ...new Set(clusters.flatMap(({ labels }) => Object.entries(labels).map(([key, value]) => `${key} == "${value}"`))),
  ]
    .sort()
    .slice(0, 6);
  return (
    <div>
      <Field
        label="Selector over the labels of clusters"
        mono
        spellCheck={false}
        placeholder={'region == "eu"'}
        value={draft.selector}
        error={draft.selector === "" ? undefined : problem}
        hint="Clusters that join later and fit are reached too."
        onChange={(event) => set({ selector: event.target.value })}
      />
      <Offered texts={offered} onPick={(selector) => set({ selector })} />
    </div>
  );
}

const Offered = ({ texts, onPick }: { readonly texts: readonly string[]; readonly onPick: (text: string) => void }) =>
  texts.length === 0 ? null : (
    <div className="mt-1 flex flex-wrap gap-1">
      {texts.map((text) => (
        <button
          key={text}
          type="button"
          onClick={() => onPick(text)}
          className="min-h-6 rounded-sm border border-dashed border-line-strong px-1.5 font-mono text-table text-muted hover:border-solid hover:text-text"
        >
          {text}
        </button>
      ))}
    </div>
  );

interface ClusterChoicesProps {
  readonly clusters: readonly ScopeCluster[];
  readonly chosen: readonly string[];
  readonly onChange: (ids: readonly string[]) => void;
  readonly problem: string | undefined;
}

function ClusterChoices({ clusters, chosen, onChange, problem }: ClusterChoicesProps) {
  return (
    <div>
      <div className="grid max-h-40 grid-cols-2 gap-x-3 gap-y-1 overflow-auto rounded-md border border-line p-2 max-sm:grid-cols-1">
        {clusters.map((cluster) => (
          <label key={cluster.id} className="flex min-w-0 items-center gap-2">
            <input
              type="checkbox"
              className="size-3.5 shrink-0 accent-(--accent)"
              checked={chosen.includes(cluster.id)}
              onChange={(event) =>
                onChange(event.target.checked ? [...chosen, cluster.id] : chosen.filter((id) => id !== cluster.id))
              }
            />
            <ClusterName index={cluster.ordinal} name={cluster.name} />
          </label>
        ))}
        {clusters.length === 0 ? <span className="text-table text-muted">There is no cluster yet.</span> : null}
      </div>
      {problem === undefined ? null : <p className="mt-1 text-table text-muted">{problem}</p>}
    </div>
  );
}

/** What the choice of clusters reaches at this moment, counted and named. */
function Reached({ draft, clusters }: { readonly draft: ScopeDraft; readonly clusters: readonly ScopeCluster[] }) {
  const reached = clustersReached(draft, clusters);
  return (
    <div aria-live="polite" className="flex flex-wrap items-center gap-1 text-table text-muted">
      {reached === undefined ? (
        "Reaches nothing until the selector can be read."
      ) : (
        <>
          <span className="mr-1">
            Reaches {reached.length} of {clusters.length} {clusters.length === 1 ? "cluster" : "clusters"}
            {draft.clusters === "all" ? ", and those that join later" : ""}
          </span>
          {draft.clusters === "selector"
            ? reached.slice(0, 8).map((cluster) => (
                <Badge key={cluster.id}>
                  <ClusterName index={cluster.ordinal} name={cluster.name} />
                </Badge>
              ))
            : null}
          {draft.clusters === "selector" && reached.length > 8 ? `and ${reached.length - 8} more` : null}
        </>
      )}
    </div>
  );
}

interface NamesProps {
  readonly label: string;
  readonly some: boolean;
  readonly text: string;
  readonly problem: string | undefined;
  readonly hint: string;
  readonly offered?: readonly string[];
  readonly onSome: (some: boolean) => void;
  readonly onText: (text: string) => void;
}

function Names({ label, some, text, problem, hint, offered = [], onSome, onText }: NamesProps) {
  const id = useId();
  return (
    <div className="flex flex-col gap-2">
      <Dimension label={label}>
        <Segments
          label={label}
          value={some ? "some" : "all"}
          onChange={(kind) => onSome(kind === "some")}
          tabs={[
            { value: "all", label: "All" },
            { value: "some", label: "Some" },
          ]}
        />
      </Dimension>
      {some ? (
        <div id={id}>
          <Field
            label={`Names of ${label.toLowerCase()}`}
            mono
            spellCheck={false}
            value={text}
            error={text === "" ? undefined : problem}
            hint={hint}
            onChange={(event) => onText(event.target.value)}
          />
          <Offered
            texts={offered.filter((name) => !text.split(/[\s,]+/).includes(name))}
            onPick={(name) => onText(text.trim() === "" ? name : `${text.replace(/[\s,]+$/, "")}, ${name}`)}
          />
        </div>
      ) : null}
    </div>
  );
}
