"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, ClusterName, CodeBlock, Dialog, FormProblem, LinesSkeleton, StatusMark } from "../../../ui";
import { Loaded, useBarred } from "../../frame";
import type { MatrixCluster } from "./use-connectivity";

/** Which clusters take part in probes; each is asked for on its own. */
export function ProbeList({ clusters }: { readonly clusters: readonly MatrixCluster[] }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const barred = useBarred("clusters.manage");
  const [manifest, setManifest] = useState(false);
  const set = useMutation(
    trpc.connectivity.setProbes.mutationOptions({
      onSuccess: () => queries.invalidateQueries(trpc.connectivity.pathFilter()),
    }),
  );
  return (
    <section aria-label="Probes" className="bg-surface px-4 py-3 max-md:px-3">
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-2">
        <h2 className="text-work font-semibold">Probes</h2>
        <Button onClick={() => setManifest(true)}>Probe pod’s manifest</Button>
      </div>
      <p className="mb-2 max-w-160 text-table text-muted">
        Where probes are on, the agent dials the probe pods of the other clusters once a minute: one connection on TCP
        7460. A pair is measured where probes are on at both ends and the probe pod of the second runs.
      </p>
      <FormProblem message={set.error === null ? undefined : wireErrorOf(set.error).message} />
      <ul>
        {clusters.map(({ id, name, ordinal, probe }) => (
          <li
            key={id}
            className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line py-1.5 text-table last:border-b-0"
          >
            <span className="min-w-40 max-md:min-w-0 max-md:flex-1">
              <ClusterName index={ordinal} name={name} />
            </span>
            <StatusMark status={probe.enabled ? "good" : "none"}>{probe.enabled ? "on" : "off"}</StatusMark>
            <span className="min-w-0 flex-1 text-muted max-md:order-1 max-md:basis-full">
              {probe.podAddress === null ? (
                probe.enabled ? (
                  "no probe pod runs here: apply its manifest"
                ) : (
                  ""
                )
              ) : (
                <>
                  probe pod at <span className="font-mono">{probe.podAddress}</span>
                </>
              )}
            </span>
            <Button
              barred={barred}
              busy={set.isPending && set.variables.clusterId === id}
              onClick={() => set.mutate({ clusterId: id, enabled: !probe.enabled })}
              aria-label={`Turn ${probe.enabled ? "off" : "on"} probes in ${name}`}
            >
              Turn {probe.enabled ? "off" : "on"}
            </Button>
          </li>
        ))}
      </ul>
      {manifest ? <ManifestDialog onClose={() => setManifest(false)} /> : null}
    </section>
  );
}

function ManifestDialog({ onClose }: { readonly onClose: () => void }) {
  const trpc = useTRPC();
  const found = useQuery(trpc.connectivity.probeManifest.queryOptions({}));
  return (
    <Dialog
      open
      onOpenChange={onClose}
      width={640}
      title="The probe pod"
      description="Apply it in each cluster that the others are to measure. It answers with the address that it sees, and has no rights in the cluster. kubectl delete -f removes it."
    >
      <Loaded query={found} what="the manifest" loading={<LinesSkeleton lines={12} />}>
        {({ manifest }) => <CodeBlock label="probe.yaml" code={manifest} maxHeight={420} />}
      </Loaded>
    </Dialog>
  );
}
