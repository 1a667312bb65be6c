"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { EvidenceKind, Retention } from "@isthmus/flow-store";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, ConfirmDialog, formatBytes, FormProblem, Notice } from "../../../ui";
import { useBarred } from "../../frame";
import { readDays } from "../model/days-field";
import { kinds } from "../model/kinds";
import { fullAt, type Amount, type Average } from "../model/usage";
import { RetentionRow } from "./retention-row";
import { StoragePart } from "./storage-part";

export interface KindAmount extends Amount {
  readonly kind: EvidenceKind;
  readonly average: Average | null;
}

interface RetentionFormProps {
  readonly retention: {
    readonly set: Readonly<Record<string, number>>;
    readonly defaults: Retention;
    readonly kept: Retention;
  };
  /** Undefined while they are counted. */
  readonly amounts: readonly KindAmount[] | undefined;
  /** They could not be counted. */
  readonly unknown: boolean;
}

type Texts = Readonly<Record<EvidenceKind, string>>;

/** How long each kind is kept, and what that would take, said before it is saved. */
export function RetentionForm({ retention: { set, defaults, kept }, amounts, unknown }: RetentionFormProps) {
  const barred = useBarred("organisation.manage");
  const [texts, setTexts] = useState<Texts>(
    () => Object.fromEntries(kinds.map(({ kind }) => [kind, set[kind]?.toString() ?? ""])) as unknown as Texts,
  );
  const read = kinds.map(({ kind }) => ({ kind, typed: readDays(texts[kind]) }));
  const daysOf = (kind: EvidenceKind): number => {
    const typed = readDays(texts[kind]);
    return typed.kind === "days" ? typed.days : defaults[kind];
  };
  const wrong = read.some(({ typed }) => typed.kind === "wrong");
  const changed = kinds.some(({ kind }) => texts[kind].trim() !== (set[kind]?.toString() ?? ""));
  const shorter = wrong ? [] : kinds.filter(({ kind }) => daysOf(kind) < kept[kind]);
  const days = Object.fromEntries(
    read.flatMap(({ kind, typed }) => (typed.kind === "days" ? [[kind, typed.days]] : [])),
  );
  const known = amounts?.filter(({ average }) => average !== null) ?? [];
  const full = known.reduce(
    (sum, { kind, average }) => sum + (average === null ? 0 : fullAt(average, daysOf(kind))),
    0,
  );
  return (
    <StoragePart
      title="What is kept how long"
      trail={
        unknown
          ? "what it takes is not known"
          : wrong || known.length === 0
            ? ""
            : `about ${formatBytes(full)} once these days are full`
      }
    >
      <div className="flex flex-col divide-y divide-line">
        {kinds.map((words) => (
          <RetentionRow
            key={words.kind}
            words={words}
            text={texts[words.kind]}
            days={daysOf(words.kind)}
            byDefault={defaults[words.kind]}
            amount={amounts?.find(({ kind }) => kind === words.kind)}
            barred={barred !== undefined}
            onChange={(text) => setTexts({ ...texts, [words.kind]: text })}
          />
        ))}
      </div>
      <Save disabled={wrong || !changed} barred={barred} days={days} shorter={shorter.map(({ name }) => name)} />
    </StoragePart>
  );
}

interface SaveProps {
  readonly disabled: boolean;
  readonly barred: ReturnType<typeof useBarred>;
  readonly days: Partial<Retention>;
  /** Names of kinds that would be kept for less long than now. */
  readonly shorter: readonly string[];
}

function Save({ disabled, barred, days, shorter }: SaveProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const save = useMutation(
    trpc.storage.setRetention.mutationOptions({
      onSuccess: () => (setAsking(false), queries.invalidateQueries(trpc.storage.pathFilter())),
    }),
  );
  const problem = save.error === null ? undefined : wireErrorOf(save.error).message;
  return (
    <div className="flex flex-col gap-2 border-t border-line p-4">
      {shorter.length === 0 ? null : (
        <Notice>
          Kept for less long than now: {shorter.join(", ").toLowerCase()}. What is older goes within half an hour.
        </Notice>
      )}
      <Button
        look="primary"
        className="self-start"
        disabled={disabled}
        barred={barred}
        busy={save.isPending && !asking}
        onClick={() => (shorter.length === 0 ? save.mutate({ days }) : setAsking(true))}
      >
        {shorter.length === 0 ? "Save" : "Save and let go…"}
      </Button>
      {asking ? (
        <ConfirmDialog
          title="Keep evidence for less long?"
          description={`${shorter.join(", ")}: what is older than the new days is deleted within half an hour and cannot be brought back.`}
          act="Save and let go"
          look="danger"
          busy={save.isPending}
          problem={problem}
          onConfirm={() => save.mutate({ days })}
          onClose={() => setAsking(false)}
        />
      ) : (
        <FormProblem message={problem} />
      )}
    </div>
  );
}
