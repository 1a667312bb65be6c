"use client";

import { useMutation } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import {
  absoluteTime,
  Badge,
  Button,
  clockTime,
  cx,
  Facts,
  formatDuration,
  ProblemIcon,
  Progress,
  relativeTime,
  Spinner,
  useNow,
} from "../../../ui";
import type { EnrolmentStep } from "../model/enrolment";
import type { EnrolmentStatus, MadeGrant } from "./connect-panel";
import { ManifestShown, ManifestWays, type ManifestWay } from "./manifest-shown";

export interface EnrolmentStepsProps {
  readonly status: EnrolmentStatus;
  /** Present only in the moment after it was made: nothing else holds the secret. */
  readonly made: MadeGrant | undefined;
  readonly onMade: (grant: MadeGrant) => void;
}

/** The way from a name to "connected", each step with the time at which it happened. */
export function EnrolmentSteps({ status, made, onMade }: EnrolmentStepsProps) {
  const connected = status.steps.at(-1);
  const agentSteps = status.steps.slice(0, -1);
  const agentState = agentMark(agentSteps, connected?.state === "done");
  const labels = Object.entries(status.cluster.labels);
  return (
    <ol className="px-4 pt-2 pb-2">
      <Step mark="done" title="Name and labels">
        <div className="mt-1 flex flex-wrap gap-1">
          {labels.length === 0 ? <span className="text-table text-muted">no labels</span> : null}
          {labels.map(([key, value]) => (
            <Badge key={key} mono>
              {key} = {value}
            </Badge>
          ))}
        </div>
      </Step>
      <GrantStep status={status} />
      <ManifestStep status={status} made={made} onMade={onMade} />
      <Step mark={agentState} title="The agent connects">
        <ol className="mt-1">
          {agentSteps.map((step) => (
            <AgentStep key={step.id} step={step} />
          ))}
        </ol>
        <Refusals status={status} />
      </Step>
      {connected === undefined ? null : (
        <Step
          last
          mark={connected.state}
          title={connected.title}
          trail={connected.at === undefined ? undefined : clockTime(new Date(connected.at))}
        >
          <p className="text-table text-muted">{connected.detail}</p>
        </Step>
      )}
    </ol>
  );
}

type Mark = EnrolmentStep["state"];

function agentMark(steps: readonly EnrolmentStep[], connected: boolean): Mark {
  if (steps.some((step) => step.state === "problem")) return "problem";
  return connected || steps.every((step) => step.state === "done") ? "done" : "active";
}

interface StepProps {
  readonly mark: Mark;
  readonly title: ReactNode;
  readonly trail?: ReactNode;
  readonly last?: boolean;
  readonly children?: ReactNode;
}

function Step({ mark, title, trail, last = false, children }: StepProps) {
  return (
    <li
      className={cx(
        "relative flex gap-3 py-2",
        !last &&
          "before:absolute before:top-7.5 before:-bottom-2 before:left-[9.5px] before:w-px before:bg-line-strong",
      )}
    >
      <Disc mark={mark} />
      <div className="min-w-0 flex-1">
        <div
          className={cx("flex items-baseline justify-between gap-2 font-medium", mark === "waiting" && "text-muted")}
        >
          <span>{title}</span>
          {trail === undefined ? null : (
            <span className="text-table font-normal whitespace-nowrap text-muted">{trail}</span>
          )}
        </div>
        {children}
      </div>
    </li>
  );
}

function Disc({ mark }: { readonly mark: Mark }) {
  if (mark === "active")
    return (
      <span className="grid size-5 shrink-0 place-items-center text-accent">
        <Spinner size={18} />
      </span>
    );
  return (
    <span
      className={cx(
        "grid size-5 shrink-0 place-items-center rounded-full bg-surface",
        mark === "done" && "border border-line-strong",
        mark === "waiting" && "border border-dashed border-muted",
      )}
    >
      {mark === "done" ? <Check size={12} aria-label="done" /> : null}
      {mark === "problem" ? <ProblemIcon label="needs you" /> : null}
    </span>
  );
}

function GrantStep({ status }: { readonly status: EnrolmentStatus }) {
  const now = useNow();
  const { grant } = status;
  if (grant === null) return <Step mark="waiting" title="No grant" />;
  const times = `${grant.redemptionsAllowed} ${grant.redemptionsAllowed === 1 ? "redemption" : "redemptions"}`;
  const redeemed =
    grant.redemptionsUsed === 0
      ? ""
      : `, redeemed${grant.lastRedeemedAt === null ? "" : ` ${clockTime(new Date(grant.lastRedeemedAt))}`}`;
  const expires = new Date(grant.expiresAt);
  const joined = status.steps.at(-1)?.at !== undefined;
  const spent =
    !joined &&
    (grant.state === "expired" ||
      grant.state === "revoked" ||
      (grant.state === "used" && status.steps[0]?.state !== "done"));
  return (
    <Step
      mark={spent ? "problem" : "done"}
      title={spent ? `Grant ${grant.state}` : "Grant made"}
      trail={clockTime(new Date(grant.createdAt))}
    >
      <Facts
        facts={[
          ["Good for", `${times}${redeemed}`],
          [
            "Expires",
            <span key="at" title={absoluteTime(expires)}>
              {absoluteTime(expires)}
              {now === 0 ? "" : `, ${relativeTime(grant.expiresAt, now)}`}
            </span>,
          ],
          [
            "Pins key",
            <code key="pins" className="break-all">
              {grant.pinnedKeyIds.map(shortKey).join(", next ")}
            </code>,
          ],
        ]}
      />
    </Step>
  );
}

const shortKey = (id: string): string => (id.length > 24 ? `${id.slice(0, 12)}…${id.slice(-4)}` : id);

function ManifestStep({ status, made, onMade }: EnrolmentStepsProps) {
  const [way, setWay] = useState<ManifestWay>("link");
  const redeemed = status.steps[0]?.state === "done";
  if (made === undefined) {
    return (
      <Step
        mark={redeemed ? "done" : status.grant?.state === "open" ? "waiting" : "problem"}
        title="Run in the cluster"
      >
        {redeemed ? (
          <p className="text-table text-muted">The manifest was applied.</p>
        ) : (
          <AnotherGrant status={status} onMade={onMade} />
        )}
      </Step>
    );
  }
  return (
    <Step
      mark={redeemed ? "done" : "active"}
      title="Run in the cluster"
      trail={<ManifestWays way={way} onChange={setWay} />}
    >
      <ManifestShown made={made} way={way} file={`isthmus-${status.cluster.name}.yaml`} />
    </Step>
  );
}

function AnotherGrant({ status, onMade }: Pick<EnrolmentStepsProps, "status" | "onMade">) {
  const trpc = useTRPC();
  const renew = useMutation(trpc.clusters.newGrant.mutationOptions({ onSuccess: onMade }));
  const open = status.grant?.state === "open";
  return (
    <>
      <p className="mb-2 text-table text-muted">
        {open
          ? "The manifest was shown when the grant was made. If it is lost, make a new grant."
          : "The grant cannot be used any more."}
      </p>
      <Button busy={renew.isPending} onClick={() => renew.mutate({ clusterId: status.cluster.id })}>
        Make a new grant
      </Button>
      {renew.error === null ? null : (
        <p role="alert" className="mt-2 flex gap-1.5 text-table">
          <ProblemIcon /> {wireErrorOf(renew.error).message}
        </p>
      )}
    </>
  );
}

function AgentStep({ step }: { readonly step: EnrolmentStep }) {
  return (
    <li className="flex items-start gap-2 py-1">
      <span className="grid h-5 w-4 shrink-0 place-items-center">
        {step.state === "done" ? <Check size={14} aria-label="done" /> : null}
        {step.state === "active" ? (
          <span className="text-accent">
            <Spinner />
          </span>
        ) : null}
        {step.state === "problem" ? <ProblemIcon label="needs you" /> : null}
        {step.state === "waiting" ? <span className="size-3 rounded-full border border-dashed border-muted" /> : null}
      </span>
      <div className="min-w-0 flex-1">
        <div className={cx(step.state === "waiting" && "text-muted", step.progress !== undefined && "font-medium")}>
          {step.title}
        </div>
        {step.detail === "" && step.at === undefined ? null : (
          <div className="text-table break-words text-muted">
            {[step.at === undefined ? "" : clockTime(new Date(step.at)), step.detail].filter(Boolean).join(", ")}
          </div>
        )}
        {step.progress === undefined ? null : (
          <Progress
            label="First sync"
            value={step.progress.total === 0 ? 0 : step.progress.done / step.progress.total}
            className="mt-1"
          />
        )}
      </div>
    </li>
  );
}

function Refusals({ status }: { readonly status: EnrolmentStatus }) {
  if (status.refusals.length === 0) return null;
  return (
    <div className="mt-2 rounded-md border border-line-strong p-2 text-table">
      <p className="mb-1 flex items-center gap-1.5 font-semibold">
        <ProblemIcon />{" "}
        {status.refusals.length === 1
          ? "A connection was refused"
          : `${status.refusals.length} connections were refused`}
      </p>
      <ul className="flex flex-col gap-1">
        {status.refusals.slice(0, 3).map((refusal) => (
          <li key={`${refusal.at}${refusal.code}`}>
            <span className="text-muted">
              {clockTime(new Date(refusal.at))}
              {refusal.remoteAddress === "" ? "" : `, from ${refusal.remoteAddress}`},{" "}
              {formatDuration(Math.max(0, status.now - refusal.at))} ago:
            </span>{" "}
            {refusal.advice}
          </li>
        ))}
      </ul>
    </div>
  );
}
