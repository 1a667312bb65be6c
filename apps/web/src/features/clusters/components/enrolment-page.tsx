"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, ConfirmDialog, EmptyState, Table, TableSkeleton, Tabs } from "../../../ui";
import { FilterBar, Loaded, Page, PageBody, StatusBar, useBarred, useLink, useSetParams } from "../../frame";
import { fleetColumns, keyColumns, redemptionColumns } from "./enrolment-columns";
import { FleetPanel } from "./fleet-panel";
import { RedemptionPanel } from "./redemption-panel";
import { useEnrolment, type EnrolmentOverview, type FleetGrantLine } from "./use-enrolment";

type Part = "redemptions" | "grants" | "keys";
const partOf = (text: string | null): Part => (text === "grants" || text === "keys" ? text : "redemptions");

/** How clusters join: who has redeemed a grant or waits for a person, the grants for fleets, and the signing keys. */
export function EnrolmentPage() {
  const overview = useEnrolment();
  const params = useSearchParams();
  const setParams = useSetParams();
  const barred = useBarred("clusters.connect");
  const link = useLink();
  const making = params.get("grant") === "new";
  const selected = overview.data?.redemptions.find(({ id }) => id === params.get("redemption"));
  return (
    <Page>
      <PageBody>
        <FilterBar>
          <nav aria-label="Clusters" className="text-work text-muted">
            <Link href={link("/clusters")} className="underline">
              Clusters
            </Link>{" "}
            ▸ <span className="text-text">Enrolment</span>
          </nav>
          <Button
            icon={<Plus size={14} aria-hidden />}
            barred={barred}
            onClick={() => setParams({ grant: "new", redemption: undefined }, "push")}
            className="ml-auto border-accent bg-wash-accent text-accent"
          >
            New fleet grant
          </Button>
        </FilterBar>
        <Loaded
          query={overview}
          what="enrolments"
          loading={<TableSkeleton columns={redemptionColumns} rowHeight={46} minWidth={980} />}
        >
          {(data) => <Parts data={data} />}
        </Loaded>
        <StatusBar>{overview.data === undefined ? null : <Foot data={overview.data} />}</StatusBar>
      </PageBody>
      {making ? <FleetPanel onClose={() => setParams({ grant: undefined })} /> : null}
      {selected === undefined || making ? null : (
        <RedemptionPanel key={selected.id} line={selected} onClose={() => setParams({ redemption: undefined })} />
      )}
    </Page>
  );
}

function Parts({ data }: { readonly data: EnrolmentOverview }) {
  const params = useSearchParams();
  const setParams = useSetParams();
  const part = partOf(params.get("tab"));
  const waiting = data.redemptions.filter(({ state }) => state === "waiting").length;
  const open = data.grants.filter(({ state }) => state === "open").length;
  return (
    <div className="flex min-h-0 flex-1 flex-col bg-surface">
      <Tabs<Part>
        label="Parts of enrolment"
        value={part}
        onChange={(next) =>
          setParams({ tab: next === "redemptions" ? undefined : next, redemption: undefined, revoke: undefined })
        }
        tabs={[
          { value: "redemptions", label: "Redemptions", count: waiting === 0 ? undefined : `${waiting} waiting` },
          { value: "grants", label: "Fleet grants", count: open === 0 ? undefined : `${open} open` },
          { value: "keys", label: "Signing keys" },
        ]}
      />
      {part === "redemptions" ? <Redemptions data={data} /> : null}
      {part === "grants" ? <FleetGrants data={data} /> : null}
      {part === "keys" ? (
        <Table
          label="Signing keys"
          columns={keyColumns}
          rows={data.keys}
          rowKey={({ keyId }) => keyId}
          minWidth={900}
          empty={
            <EmptyState title="No gateway has started yet">
              Agents know the management plane by the keys that its gateways sign with. Start a gateway.
            </EmptyState>
          }
        />
      ) : null}
    </div>
  );
}

function Redemptions({ data }: { readonly data: EnrolmentOverview }) {
  const params = useSearchParams();
  const setParams = useSetParams();
  return (
    <Table
      label="Redemptions"
      columns={redemptionColumns}
      rows={data.redemptions}
      rowKey={({ id }) => id}
      rowHeight={46}
      minWidth={980}
      selectedKey={params.get("redemption") ?? undefined}
      onSelect={({ id }) => setParams({ redemption: id, grant: undefined }, "push")}
      empty={
        <EmptyState title="No grant was redeemed yet">
          A cluster whose agent shows a grant stands here: when it asked, from where, and what came of it. Where the
          grant says so, it waits here for your approval.
        </EmptyState>
      }
    />
  );
}

function FleetGrants({ data }: { readonly data: EnrolmentOverview }) {
  const [chosen, setChosen] = useState<FleetGrantLine>();
  return (
    <>
      <Table
        label="Fleet grants"
        columns={[
          ...fleetColumns,
          {
            id: "act",
            title: <span className="sr-only">Act</span>,
            width: 90,
            align: "right",
            cell: (line) =>
              line.state === "open" && line.mayManage ? (
                <button
                  type="button"
                  aria-label={`Revoke the grant for ${line.namePrefix}`}
                  className="text-accent hover:underline"
                  onClick={() => setChosen(line)}
                >
                  Revoke
                </button>
              ) : null,
          },
        ]}
        rows={data.grants}
        rowKey={({ id }) => id}
        minWidth={1040}
        empty={
          <EmptyState title="No grant for a fleet">
            A fleet grant is one manifest for many clusters: each that applies it joins under a name of its own, with
            the labels of the grant. One cluster alone is named under Clusters, Connect.
          </EmptyState>
        }
      />
      {chosen === undefined ? null : <RevokeFleet line={chosen} onClose={() => setChosen(undefined)} />}
    </>
  );
}

function RevokeFleet({ line, onClose }: { readonly line: FleetGrantLine; readonly onClose: () => void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const revoke = useMutation(
    trpc.clusters.revokeFleetGrant.mutationOptions({
      onSuccess: () => (onClose(), queries.invalidateQueries(trpc.clusters.pathFilter())),
    }),
  );
  return (
    <ConfirmDialog
      title={`Revoke the grant for ${line.namePrefix}-?`}
      description={`No cluster joins by it any more, approved or not. The ${line.redemptionsUsed} that have joined stay.`}
      act="Revoke"
      busy={revoke.isPending}
      problem={revoke.error === null ? undefined : wireErrorOf(revoke.error).message}
      onConfirm={() => revoke.mutate({ grantId: line.id })}
      onClose={onClose}
    />
  );
}

/** As many as the API gives. */
const SHOWN = 500;

function Foot({ data }: { readonly data: EnrolmentOverview }) {
  const count = (state: EnrolmentOverview["redemptions"][number]["state"]) =>
    data.redemptions.filter((each) => each.state === state).length;
  return (
    <span>
      {data.redemptions.length} {data.redemptions.length === 1 ? "redemption" : "redemptions"}, {count("completed")}{" "}
      joined, {count("waiting")} waiting
      {data.redemptions.length < SHOWN ? "" : `, the newest ${SHOWN}`}
    </span>
  );
}
