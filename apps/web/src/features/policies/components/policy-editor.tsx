"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useDeferredValue, useMemo, useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, Field, LinesSkeleton, PanelSection, ProblemIcon, SidePanel } from "../../../ui";
import { Loaded, useBarred } from "../../frame";
import { checkPolicy, type CheckAgainst } from "../model/check-policy";
import { applyLabel, placeOn } from "../model/placement";
import type { EditorDiagnostic } from "../model/policy-yaml";
import { policySentences } from "../model/sentences";
import { defaultPlacement, policyTemplate } from "../model/templates";
import { PlacementPicker } from "./placement-picker";
import { SelectedWorkloads } from "./selected-workloads";
import { Message, Sentences } from "./sentences";
import { usePolicy, type EditorContext, type PolicyDetail } from "./use-policies";
import { YamlEditor } from "./yaml-editor";

export interface PolicyEditorProps {
  /** The policy that gets a new revision; a new policy where it is absent. */
  readonly policyId: string | undefined;
  /** The tier of a new policy. */
  readonly tier: string | undefined;
  readonly onClose: () => void;
  readonly onSaved: (policyId: string) => void;
}

/** Writes a policy: text with its mistakes marked, clusters by label, who it selects, and the act that says its reach. */
export function PolicyEditor({ policyId, tier, onClose, onSaved }: PolicyEditorProps) {
  const trpc = useTRPC();
  const context = useQuery(trpc.policies.editor.queryOptions(undefined, { staleTime: 0 }));
  const existing = usePolicy(policyId);
  const awaited = context.data === undefined ? context : existing;
  const ready = context.data !== undefined && (policyId === undefined || existing.data !== undefined);
  const title = policyId === undefined ? "New policy" : (existing.data?.name ?? "Policy");
  if (context.data === undefined || !ready) {
    return (
      <SidePanel width={560} label="Policy editor" title={title} onClose={onClose}>
        <Loaded<unknown> query={awaited} what="what the editor needs" loading={<LinesSkeleton lines={10} />}>
          {() => null}
        </Loaded>
      </SidePanel>
    );
  }
  return (
    <Editor
      key={policyId ?? `new ${tier ?? ""}`}
      context={context.data}
      existing={existing.data}
      tier={tier}
      onClose={onClose}
      onSaved={onSaved}
    />
  );
}

interface EditorProps extends Omit<PolicyEditorProps, "policyId"> {
  readonly context: EditorContext;
  readonly existing: PolicyDetail | undefined;
}

function useDraft({ context, existing, tier }: Pick<EditorProps, "context" | "existing" | "tier">) {
  const newest = existing?.revisions[0];
  const firstTier = tier ?? context.tiers[0]?.name ?? "security";
  const [basis] = useState({
    number: newest?.number,
    yaml: newest?.manifestYaml ?? policyTemplate(firstTier, "my-policy"),
    placement: newest?.placementSelector ?? defaultPlacement,
  });
  const [yaml, setYaml] = useState(basis.yaml);
  const [placement, setPlacement] = useState(basis.placement);
  const [comment, setComment] = useState("");
  const settled = useDeferredValue(yaml);
  const check = useMemo(() => {
    const against: CheckAgainst = { tiers: context.tiers.map((each) => each.name), ...(existing ? { existing } : {}) };
    return checkPolicy(settled, against);
  }, [settled, context.tiers, existing]);
  const placed = useMemo(() => placeOn(placement, context.clusters), [placement, context.clusters]);
  const changed = existing === undefined || yaml !== basis.yaml || placement !== basis.placement;
  return { basis, yaml, setYaml, placement, setPlacement, comment, setComment, check, placed, changed };
}

function Editor({ context, existing, tier, onClose, onSaved }: EditorProps) {
  const draft = useDraft({ context, existing, tier });
  const [goTo, setGoTo] = useState<{ offset: number; count: number }>();
  const { check, placed } = draft;
  const errors = check.diagnostics.filter((each) => each.severity === "error").length;
  return (
    <SidePanel
      width={560}
      label="Policy editor"
      title={existing === undefined ? "New policy" : <span className="font-mono">{existing.name}</span>}
      subtitle={
        existing === undefined
          ? "A revision is kept for good once it is saved."
          : `Beside r${existing.newestNumber}${existing.appliedNumber === null ? "" : `; r${existing.appliedNumber} is enforced`}`
      }
      onClose={onClose}
      footer={<SaveActs draft={draft} existing={existing} errors={errors} onSaved={onSaved} onClose={onClose} />}
    >
      <div className="flex h-[46vh] min-h-64 flex-col border-b border-line">
        <YamlEditor
          label="Policy as YAML"
          value={draft.yaml}
          onChange={draft.setYaml}
          diagnostics={check.diagnostics}
          {...(goTo ? { goTo } : {})}
        />
      </div>
      <Diagnostics
        text={draft.yaml}
        diagnostics={check.diagnostics}
        onGo={(offset) => setGoTo({ offset, count: (goTo?.count ?? 0) + 1 })}
      />
      <PanelSection
        title="Placement"
        trail={placed.ok ? `${placed.value.length} of ${context.clusters.length} clusters` : undefined}
      >
        <PlacementPicker
          selector={draft.placement}
          onChange={draft.setPlacement}
          clusters={context.clusters}
          placed={placed.ok ? placed.value : []}
          problem={placed.ok ? undefined : placed.error}
        />
      </PanelSection>
      {check.policy === undefined ? null : (
        <Meaning manifest={check.policy.manifest} draft={draft} clusters={context.clusters} />
      )}
      <PanelSection>
        <Field
          label="Why (kept with the revision)"
          value={draft.comment}
          onChange={(event) => draft.setComment(event.target.value)}
        />
      </PanelSection>
    </SidePanel>
  );
}

type Draft = ReturnType<typeof useDraft>;

function Meaning({
  manifest,
  draft,
  clusters,
}: {
  readonly manifest: unknown;
  readonly draft: Draft;
  readonly clusters: EditorContext["clusters"];
}) {
  const sentences = policySentences(manifest);
  return (
    <>
      {sentences === null ? null : (
        <PanelSection title="It says">
          <Sentences sentences={sentences} hits={null} />
        </PanelSection>
      )}
      <PanelSection title="Selects now">
        <SelectedWorkloads yaml={draft.yaml} placement={draft.placement} clusters={clusters} />
      </PanelSection>
    </>
  );
}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;

function Diagnostics({
  text,
  diagnostics,
  onGo,
}: {
  readonly text: string;
  readonly diagnostics: readonly EditorDiagnostic[];
  readonly onGo: (offset: number) => void;
}) {
  if (diagnostics.length === 0) return null;
  return (
    <ul aria-label="What is wrong with the text" className="border-b border-line">
      {diagnostics.slice(0, 12).map((diagnostic, index) => (
        <li key={`${diagnostic.from}${diagnostic.code}${index}`}>
          <button
            type="button"
            onClick={() => onGo(diagnostic.from)}
            className="flex w-full items-start gap-2 px-4 py-1.5 text-left text-table hover:bg-wash"
          >
            <ProblemIcon />
            <span className="min-w-0 flex-1">
              <Message text={diagnostic.message} />
              {diagnostic.hint === undefined ? null : (
                <span className="block text-muted">
                  <Message text={diagnostic.hint} />
                </span>
              )}
            </span>
            <span className="text-muted">line {lineOf(text, diagnostic.from)}</span>
          </button>
        </li>
      ))}
      {diagnostics.length > 12 ? (
        <li className="px-4 py-1.5 text-table text-muted">and {diagnostics.length - 12} more</li>
      ) : null}
    </ul>
  );
}

interface SaveActsProps extends Pick<EditorProps, "existing" | "onSaved" | "onClose"> {
  readonly draft: Draft;
  readonly errors: number;
}

function SaveActs({ draft, existing, errors, onSaved, onClose }: SaveActsProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const save = useMutation(trpc.policies.saveRevision.mutationOptions());
  const apply = useMutation(trpc.policies.applyRevision.mutationOptions());
  const [saveRefused, applyRefused] = [useBarred("policies.write"), useBarred("policies.apply")];
  const error = save.error ?? apply.error;
  const { placed } = draft;
  const saved = async (andApply: boolean) => {
    const made = await save.mutateAsync({
      yaml: draft.yaml,
      placement: draft.placement,
      comment: draft.comment,
      ...(existing ? { policyId: existing.id, basedOn: draft.basis.number ?? 0 } : {}),
    });
    await queries.invalidateQueries(trpc.policies.pathFilter());
    // What was saved stays saved, whatever becomes of applying it: the panel of the policy shows both.
    if (andApply && placed.ok) {
      await apply.mutateAsync({
        policyId: made.policyId,
        revisionId: made.revisionId,
        clusterIds: placed.value.map((cluster) => cluster.id),
        comment: draft.comment,
      });
      await queries.invalidateQueries(trpc.policies.pathFilter());
    }
    onSaved(made.policyId);
  };
  const act = (andApply: boolean) => void saved(andApply).catch(() => undefined);
  const barred = errors > 0 || save.isPending || apply.isPending;
  const saveBarred = barred || !draft.changed || (!placed.ok && placed.error.code !== "placement-no-match");
  return (
    <div className="flex w-full flex-wrap items-center gap-2">
      <Button
        look="primary"
        barred={applyRefused}
        disabled={barred || !placed.ok || !draft.changed}
        busy={apply.isPending}
        onClick={() => act(true)}
        className="h-auto min-h-7 py-1 text-left whitespace-normal"
      >
        {placed.ok
          ? applyLabel(
              "Apply",
              placed.value.map((cluster) => cluster.name),
            )
          : "Apply"}
      </Button>
      <Button
        barred={saveRefused}
        disabled={saveBarred}
        busy={save.isPending && !apply.isPending}
        onClick={() => act(false)}
      >
        Save as r{(existing?.newestNumber ?? 0) + 1}
      </Button>
      <Button look="quiet" className="ml-auto" onClick={onClose}>
        Discard
      </Button>
      <p className="basis-full text-table text-muted" aria-live="polite">
        {errors > 0
          ? `${errors} ${errors === 1 ? "mistake" : "mistakes"} in the text: nothing can be saved yet.`
          : placed.ok
            ? draft.changed
              ? "Applying saves the text as a revision first. Each cluster then reports by itself."
              : "Nothing is changed yet."
            : "No cluster matches, so there is nothing to apply to."}
      </p>
      {error === null ? null : (
        <p role="alert" className="flex basis-full items-start gap-1.5 text-table">
          <ProblemIcon /> <span>{wireErrorOf(error).message}</span>
        </p>
      )}
    </div>
  );
}
