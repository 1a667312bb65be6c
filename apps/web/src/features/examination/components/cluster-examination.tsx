"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { useTRPC, wireErrorOf } from "../../../client";
import type { AppRouter } from "../../../server/router";
import {
  absoluteTime,
  Button,
  CodeBlock,
  EmptyState,
  LinesSkeleton,
  ProblemIcon,
  RelativeTime,
  StatusGlyph,
} from "../../../ui";
import { Loaded, useBarred } from "../../frame";
import { groupFindings, summaryOf } from "../model/finding";
import { FindingRow } from "./finding-row";
import { useExamination } from "./use-examination";

type Examination = inferRouterOutputs<AppRouter>["examination"]["get"];

const command = "kubectl -n isthmus exec deploy/isthmus-agent -- /nodejs/bin/node /app/main.mjs doctor";

export interface ClusterExaminationProps {
  readonly clusterId: string;
  /** The agent is not heard since then: what stands here is of before. */
  readonly unknownSince?: number | undefined;
}

/** What a cluster's agent found when it examined its cluster, and what to do about each finding. */
export function ClusterExamination({ clusterId, unknownSince }: ClusterExaminationProps) {
  const examination = useExamination(clusterId);
  return (
    <div className="min-h-0 flex-1 overflow-auto bg-surface">
      <Loaded query={examination} what="the examination" loading={<LinesSkeleton lines={10} />}>
        {(data) => (
          <>
            <Head clusterId={clusterId} unknownSince={unknownSince} examination={data} />
            {data.examinedAt === null ? <NotExamined agentVersion={data.agentVersion} /> : null}
            {groupFindings(data.findings).map(({ group, title, findings }) => (
              <section key={group} aria-label={title} className="border-b border-line">
                <h3 className="bg-bg px-4 py-1.5 text-table font-medium text-muted max-md:px-3">{title}</h3>
                <ul>
                  {findings.map((finding) => (
                    <FindingRow key={finding.id} {...finding} />
                  ))}
                </ul>
              </section>
            ))}
            <ByHand />
          </>
        )}
      </Loaded>
    </div>
  );
}

function Head({
  clusterId,
  unknownSince,
  examination,
}: ClusterExaminationProps & { readonly examination: Examination }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const barred = useBarred("clusters.manage");
  const ask = useMutation(
    trpc.examination.ask.mutationOptions({
      onSuccess: () => queries.invalidateQueries(trpc.examination.get.queryFilter({ clusterId })),
    }),
  );
  const { findings, examinedAt, receivedAt, agentVersion, tookMs, waitingSince } = examination;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-b border-line px-4 py-2 text-table max-md:px-3">
      <b className="font-semibold">{examinedAt === null ? "Not examined yet" : summaryOf(findings)}</b>
      {examinedAt === null ? null : (
        <span className="text-muted" title={`${absoluteTime(examinedAt)}, by the agent's clock`}>
          examined <RelativeTime at={receivedAt ?? examinedAt} /> by agent {agentVersion}, in {tookMs} ms
        </span>
      )}
      <span className="ml-auto inline-flex items-center gap-2">
        <span aria-live="polite" className="text-muted">
          {waitingSince === null ? null : (
            <>
              asked <RelativeTime at={waitingSince} />, no answer yet
              {unknownSince === undefined ? "" : ": the agent answers when it is connected again"}
            </>
          )}
        </span>
        <Button barred={barred} busy={ask.isPending} onClick={() => ask.mutate({ clusterId })}>
          Examine again
        </Button>
      </span>
      {unknownSince === undefined || examinedAt === null ? null : (
        <p className="flex basis-full items-center gap-1.5 text-muted">
          <StatusGlyph status="unknown" />
          <span>
            The agent is not heard since <RelativeTime at={unknownSince} />. This is what it found before.
          </span>
        </p>
      )}
      {ask.error === null ? null : (
        <p role="alert" className="flex basis-full items-start gap-1.5">
          <ProblemIcon /> {wireErrorOf(ask.error).message}
        </p>
      )}
    </div>
  );
}

const NotExamined = ({ agentVersion }: { readonly agentVersion: string }) => (
  <EmptyState title="The agent has not sent an examination">
    {agentVersion === ""
      ? "It does when it has connected for the first time."
      : `It does shortly after it has started, and every ten minutes. Agent ${agentVersion} may be one that cannot yet: apply its manifest with a newer image.`}
  </EmptyState>
);

const ByHand = () => (
  <section aria-label="By hand" className="px-4 py-3 text-table max-md:px-3">
    <p className="mb-1.5 max-w-180 text-muted">
      The same in a terminal, also where the agent does not reach a gateway. It ends with 0 where nothing is to be done,
      1 with warnings or unknowns, 2 where something fails.
    </p>
    <div className="max-w-180">
      <CodeBlock label="Command that examines the cluster" code={command} />
    </div>
  </section>
);
