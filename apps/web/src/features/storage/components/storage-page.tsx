"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTRPC } from "../../../client";
import { EmptyState, LinesSkeleton } from "../../../ui";
import { Loaded, Page, PageBody, useSetParams } from "../../frame";
import { useSearchParams } from "next/navigation";
import { ByCluster } from "./by-cluster";
import { ByDay } from "./by-day";
import { RetentionForm } from "./retention-form";
import { StoragePart } from "./storage-part";

/** What the organisation's evidence takes, and how long it is kept. */
export function StoragePage() {
  const trpc = useTRPC();
  const setParams = useSetParams();
  const clusterId = useSearchParams().get("cluster");
  const retention = useQuery(trpc.storage.retention.queryOptions());
  const overview = useQuery(
    trpc.storage.overview.queryOptions({ clusterId }, { staleTime: 60_000, placeholderData: keepPreviousData }),
  );
  const choose = (id: string | null) => setParams({ cluster: id ?? undefined }, "replace");
  return (
    <Page>
      <PageBody className="overflow-auto">
        <div className="flex w-full max-w-260 flex-col gap-4 p-4">
          <Loaded query={retention} what="what is kept" loading={<LinesSkeleton lines={8} />}>
            {(kept) => (
              <RetentionForm
                key={JSON.stringify(kept.set)}
                retention={kept}
                amounts={overview.data?.kinds}
                unknown={overview.isError}
              />
            )}
          </Loaded>
          <Loaded query={overview} what="what is stored" loading={<LinesSkeleton lines={8} />}>
            {(data) =>
              data.total.rows === 0 ? (
                <StoragePart title="Stored">
                  <EmptyState title="No evidence is stored yet">
                    Flows arrive about 45 s after they happen, once a cluster has joined.
                  </EmptyState>
                </StoragePart>
              ) : (
                <>
                  <ByDay
                    days={data.days}
                    cluster={data.clusters.find(({ id }) => id === clusterId)}
                    onChoose={choose}
                  />
                  <ByCluster clusters={data.clusters} total={data.total} chosen={clusterId} onChoose={choose} />
                  <p className="text-table text-muted">
                    Rows are counted. Bytes are estimated: what a day&rsquo;s parts take on disk, compressed and once,
                    shared out by rows. Days are of UTC.
                  </p>
                </>
              )
            }
          </Loaded>
        </div>
      </PageBody>
    </Page>
  );
}
