"use client";

import type { ReactNode } from "react";
import { absoluteTime, Badge, cx, RelativeTime, StatusGlyph, type Column } from "../../../ui";
import { redemptionWords } from "../model/redemption";
import type { FleetGrantLine, RedemptionLine, SigningKeyLine } from "./use-enrolment";

const Second = ({ children }: { readonly children: ReactNode }) => (
  <span className="block truncate text-muted">{children}</span>
);

const Moment = ({ at }: { readonly at: Date }) => (
  <span title={absoluteTime(at)}>
    <RelativeTime at={at} />
  </span>
);

/** What a grant is called: the cluster that it was made for, or what the names of its clusters begin with. */
export const grantName = ({ grant }: RedemptionLine): string => grant.cluster ?? `${grant.namePrefix}-…`;

/** A redemption's state as glyph and words. */
export function RedemptionMark({ state }: { readonly state: RedemptionLine["state"] }) {
  const { title, mark } = redemptionWords[state];
  return (
    <span
      className={cx(
        "flex min-w-0 items-center gap-1.5",
        state === "waiting" && "font-semibold text-accent",
        mark === "problem" && "font-semibold",
      )}
    >
      <StatusGlyph status={mark} />
      <span className="truncate">{title}</span>
    </span>
  );
}

export const redemptionColumns: readonly Column<RedemptionLine>[] = [
  {
    id: "state",
    title: "State",
    width: 210,
    cell: (line) => (
      <>
        <RedemptionMark state={line.state} />
        <Second>
          {line.reason ||
            (line.decidedBy === null ? "" : `${line.state === "refused" ? "" : "approved "}by ${line.decidedBy}`)}
        </Second>
      </>
    ),
  },
  {
    id: "cluster",
    title: "Cluster, kube-system UID",
    copy: (line) => line.clusterUid,
    cell: (line) => (
      <>
        <span className="block truncate font-mono font-medium">{line.cluster ?? "not yet"}</span>
        <Second>
          <span className="font-mono">{line.clusterUid}</span>
        </Second>
      </>
    ),
  },
  {
    id: "agent",
    title: "Agent",
    width: 190,
    cell: (line) => (
      <>
        <span className="block truncate font-mono">{line.agentVersion || "not told"}</span>
        <Second>{line.remoteAddress === "" ? "" : `from ${line.remoteAddress}`}</Second>
      </>
    ),
  },
  {
    id: "grant",
    title: "Grant for",
    width: 150,
    cell: (line) => <span className="block truncate font-mono">{grantName(line)}</span>,
  },
  { id: "first", title: "First asked", width: 110, cell: (line) => <Moment at={line.initiatedAt} /> },
  { id: "last", title: "Last asked", width: 110, cell: (line) => <Moment at={line.lastAttemptAt} /> },
];

export const fleetColumns: readonly Column<FleetGrantLine>[] = [
  {
    id: "name",
    title: "Names begin with",
    width: 180,
    cell: (line) => <span className="block truncate font-mono font-medium">{line.namePrefix}-</span>,
  },
  {
    id: "labels",
    title: "Labels",
    cell: (line) => (
      <span className="flex gap-1 overflow-hidden">
        {Object.entries(line.labels).map(([key, value]) => (
          <Badge key={key} mono>
            {key} = {value}
          </Badge>
        ))}
      </span>
    ),
  },
  { id: "state", title: "State", width: 90, cell: (line) => line.state },
  {
    id: "redeemed",
    title: "Redeemed",
    width: 100,
    align: "right",
    cell: (line) => `${line.redemptionsUsed} of ${line.redemptionsAllowed}`,
  },
  { id: "approval", title: "Approval", width: 100, cell: (line) => (line.needsApproval ? "by a person" : "none") },
  { id: "expires", title: "Expires", width: 120, cell: (line) => <Moment at={line.expiresAt} /> },
  {
    id: "made",
    title: "Made",
    width: 170,
    cell: (line) => (
      <span className="block truncate">
        <Moment at={line.createdAt} />
        {line.createdBy === null ? "" : ` by ${line.createdBy}`}
      </span>
    ),
  },
];

export const keyColumns: readonly Column<SigningKeyLine>[] = [
  { id: "key", title: "Key", copy: (line) => line.keyId, cell: (line) => <code>{line.keyId}</code> },
  {
    id: "state",
    title: "State",
    width: 200,
    cell: (line) => (line.state === "current" ? "signs" : "announced, will sign"),
  },
  { id: "since", title: "Known since", width: 120, cell: (line) => <Moment at={line.createdAt} /> },
  {
    id: "unaware",
    title: "Clusters that have not heard of it",
    width: 320,
    cell: (line) =>
      line.unaware.length === 0 ? (
        "none"
      ) : (
        <span className="flex min-w-0 items-center gap-1.5" title={line.unaware.join(", ")}>
          <StatusGlyph status="problem" />
          <span className="truncate font-mono">{line.unaware.join(", ")}</span>
        </span>
      ),
  },
];
