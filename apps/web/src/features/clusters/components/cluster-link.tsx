"use client";

import type { ReactNode } from "react";
import { absoluteTime, formatBytes, formatCount, RelativeTime } from "../../../ui";
import { clockText } from "../model/clock-text";
import type { ClusterDetail } from "./use-clusters";

const Block = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <section className="min-w-0 border-b border-line px-4 py-3 max-md:px-3">
    <h3 className="mb-2 text-table font-medium text-muted">{title}</h3>
    {children}
  </section>
);

const Moment = ({ at }: { readonly at: Date | number }) => (
  <span className="whitespace-nowrap text-muted" title={absoluteTime(new Date(at))}>
    <RelativeTime at={at} />
  </span>
);

/** The link to a cluster: its session, what was refused, and what lets an agent in. */
export function ClusterLink({ detail }: { readonly detail: ClusterDetail }) {
  return (
    <div className="overflow-auto bg-surface">
      <Block title="Session">
        <Session detail={detail} />
      </Block>
      <Block title="Refused connections, last 30 days">
        <Refusals detail={detail} />
      </Block>
      <Block title="Credentials">
        {detail.credentials.length === 0 ? (
          <p className="text-table text-muted">No agent has ever been let in.</p>
        ) : null}
        <ul>
          {detail.credentials.map((credential) => (
            <li
              key={credential.id}
              className="flex justify-between gap-2 border-b border-line py-1.5 text-table last:border-b-0"
            >
              <span className="min-w-0 truncate">
                <span className="font-mono">{credential.id}</span>{" "}
                <span className="text-muted">
                  {credential.revokedAt === null
                    ? credential.expiresAt.getTime() < detail.now
                      ? "expired"
                      : `good until ${absoluteTime(credential.expiresAt)}`
                    : "revoked"}
                </span>
              </span>
              <Moment at={credential.revokedAt ?? credential.issuedAt} />
            </li>
          ))}
        </ul>
      </Block>
      <Block title="Grants">
        {detail.grants.length === 0 ? <p className="text-table text-muted">No grant was made.</p> : null}
        <ul>
          {detail.grants.map((grant) => (
            <li
              key={grant.id}
              className="flex justify-between gap-2 border-b border-line py-1.5 text-table last:border-b-0"
            >
              <span className="min-w-0 truncate">
                <span className="font-mono">{grant.id}</span>{" "}
                <span className="text-muted">
                  {grant.state}, {grant.redemptionsUsed} of {grant.redemptionsAllowed} redeemed, {grant.options.image}
                </span>
              </span>
              <Moment at={grant.createdAt} />
            </li>
          ))}
        </ul>
      </Block>
    </div>
  );
}

function Session({ detail }: { readonly detail: ClusterDetail }) {
  const { link, agentVersion } = detail.cluster;
  if (link === null) return <p className="text-table text-muted">No agent has dialled home yet.</p>;
  const rows: readonly (readonly [string, ReactNode])[] = [
    [
      "Agent",
      <span key="a" className="font-mono">
        {[agentVersion, link.instance].filter(Boolean).join(", ")}
      </span>,
    ],
    [
      "From",
      <span key="f" className="font-mono">
        {link.remoteAddress || "not told"}
      </span>,
    ],
    [
      "Gateway",
      <span key="g" className="font-mono">
        {link.gateway}
      </span>,
    ],
    ["Connected", <Moment key="c" at={link.connectedAt} />],
    ["Last heard", <Moment key="h" at={link.lastHeardAt} />],
    ["Round trip", link.roundTripMs === null ? "not measured" : `${formatCount(link.roundTripMs)} ms`],
    ["Clock", link.clockOffsetMs === null ? "not measured" : clockText(link.clockOffsetMs)],
    ["Spool", `${formatBytes(link.spoolBytes)} in ${formatCount(link.spoolBatches)} batches`],
    ...(link.endReason === "" ? [] : [["Ended", link.endReason] as const]),
  ];
  return (
    <>
      {link.undelivered === "" ? null : (
        <p role="alert" className="mb-2 text-table">
          <strong>The desired state is not delivered:</strong> {link.undelivered}.
        </p>
      )}
      <dl className="grid grid-cols-[repeat(auto-fill,minmax(160px,1fr))] gap-x-4 gap-y-2 text-table">
        {rows.map(([name, value]) => (
          <div key={name} className="min-w-0">
            <dt className="text-muted">{name}</dt>
            <dd className="truncate">{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Refusals({ detail }: { readonly detail: ClusterDetail }) {
  if (detail.refusals.length === 0) return <p className="text-table text-muted">None.</p>;
  return (
    <ul>
      {detail.refusals.map((refusal) => (
        <li key={refusal.id} className="border-b border-line py-1.5 text-table last:border-b-0">
          <span className="flex justify-between gap-2">
            <span>
              <code>{refusal.code}</code>
              <span className="text-muted">
                {refusal.remoteAddress === "" ? "" : ` from ${refusal.remoteAddress}`}
                {refusal.clusterUid === "" ? "" : `, kube-system ${refusal.clusterUid}`}
              </span>
            </span>
            <Moment at={refusal.at} />
          </span>
          <p>{refusal.advice}</p>
        </li>
      ))}
    </ul>
  );
}
