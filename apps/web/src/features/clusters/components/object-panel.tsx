"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { stringify } from "yaml";
import { liveOn, useTRPC } from "../../../client";
import { CodeBlock, LinesSkeleton, RelativeTime, Segments, SidePanel } from "../../../ui";
import { Loaded } from "../../frame";
import type { ObjectKey } from "../model/object-key";
import { inReadingOrder } from "../model/object-text";

export interface ObjectPanelProps {
  readonly clusterId: string;
  readonly object: ObjectKey;
  readonly onClose: () => void;
}

/** An object as its cluster reported it, as YAML or JSON. */
export function ObjectPanel({ clusterId, object, onClose }: ObjectPanelProps) {
  const trpc = useTRPC();
  const [form, setForm] = useState<"yaml" | "json">("yaml");
  const found = useQuery(trpc.clusters.object.queryOptions({ clusterId, ...object }, liveOn("inventory")));
  const { data } = found;
  return (
    <SidePanel
      width={504}
      label={`${object.kind} ${object.name}`}
      title={<span className="font-mono break-all">{object.name}</span>}
      subtitle={`${object.kind}${object.namespace === "" ? "" : ` in ${object.namespace}`}`}
      onClose={onClose}
    >
      <div className="flex flex-col gap-2 px-4 py-3">
        <div className="flex items-center justify-between gap-2">
          <Segments
            label="Form"
            value={form}
            onChange={setForm}
            tabs={[
              { value: "yaml", label: "YAML" },
              { value: "json", label: "JSON" },
            ]}
          />
          {data === undefined ? null : (
            <span className="text-table text-muted">
              reported <RelativeTime at={data.updatedAt} />
            </span>
          )}
        </div>
        <Loaded query={found} what="this object" loading={<LinesSkeleton lines={12} />}>
          {({ body }) => (
            <CodeBlock
              label={`${object.kind} ${object.name} as ${form}`}
              code={
                form === "yaml"
                  ? stringify(inReadingOrder(body), { lineWidth: 0 })
                  : JSON.stringify(inReadingOrder(body), null, 2)
              }
              maxHeight={2_000}
            />
          )}
        </Loaded>
        <p className="text-table text-muted">
          As the agent trims it: without managed fields and status that changes for nobody.
        </p>
      </div>
    </SidePanel>
  );
}
