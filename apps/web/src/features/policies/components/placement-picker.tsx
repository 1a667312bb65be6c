"use client";

import { Badge, ClusterName, Field } from "../../../ui";
import { MissingNotice } from "../../examination";
import type { PlacementProblem } from "../model/placement";
import { Message } from "./sentences";
import type { EditorContext } from "./use-policies";

export interface PlacementPickerProps {
  readonly selector: string;
  readonly onChange: (selector: string) => void;
  readonly clusters: EditorContext["clusters"];
  readonly placed: readonly EditorContext["clusters"][number][];
  readonly problem: PlacementProblem | undefined;
}

/** Chooses clusters by label, and shows at once which they are. */
export function PlacementPicker({ selector, onChange, clusters, placed, problem }: PlacementPickerProps) {
  const labels = [
    ...new Set(
      clusters.flatMap((cluster) => Object.entries(cluster.labels).map(([key, value]) => `${key} == "${value}"`)),
    ),
  ]
    .sort()
    .slice(0, 8);
  return (
    <>
      <Field
        label="Clusters, by label"
        mono
        spellCheck={false}
        value={selector}
        error={problem === undefined ? undefined : <Message text={`${problem.message}; ${problem.hint}`} />}
        onChange={(event) => onChange(event.target.value)}
      />
      <div className="mt-2 flex flex-wrap gap-1">
        {["all()", ...labels].map((each) => (
          <button
            key={each}
            type="button"
            onClick={() => onChange(each)}
            className="min-h-6 rounded-sm border border-dashed border-line-strong px-1.5 font-mono text-table text-muted hover:border-solid hover:text-text"
          >
            {each}
          </button>
        ))}
      </div>
      <div className="mt-2 flex flex-wrap items-center gap-1" aria-live="polite">
        {placed.map((cluster) => (
          <Badge key={cluster.id}>
            <ClusterName index={cluster.ordinal} name={cluster.name} />
            {cluster.readOnly ? (
              <span className="text-muted">read only</span>
            ) : cluster.joined ? null : (
              <span className="text-muted">not joined</span>
            )}
          </Badge>
        ))}
      </div>
      {placed.length === 0 ? null : (
        <MissingNotice needs={["policies"]} clusters={placed.map(({ id }) => id)} className="mt-2 text-table" />
      )}
    </>
  );
}
