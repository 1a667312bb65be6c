"use client";

import { Check } from "lucide-react";
import { ClusterMark, ClusterName, cx, formatCount, StatusGlyph } from "../../../ui";
import type { OfferTarget, PublicationOffer, PublishingCluster } from "../model/offers";
import { pairKey, type Wishes } from "../model/selection";

export interface PublicationMatrixProps {
  readonly offers: readonly PublicationOffer[];
  readonly clusters: readonly PublishingCluster[];
  readonly wishes: Wishes;
  readonly onWish: (key: string, wanted: boolean) => void;
  /** Shows whose namespace each row is. */
  readonly showSource: boolean;
  readonly label: string;
}

/** Namespaces by the clusters into which they are or could be published. */
export function PublicationMatrix({ offers, clusters, wishes, onWish, showSource, label }: PublicationMatrixProps) {
  const targets = clusters.filter((cluster) => offers.some((offer) => offer.targets.some((target) => target.clusterId === cluster.id)));
  return (
    <div className="overflow-x-auto">
      <table aria-label={label} className="w-full border-separate border-spacing-0 text-table">
        <thead>
          <tr className="text-left text-muted">
            <th scope="col" className="h-7 border-b border-line font-medium">Namespace</th>
            <th scope="col" className="border-b border-line px-2 text-right font-medium">Workloads</th>
            {targets.map((cluster) => (
              <th key={cluster.id} scope="col" className="border-b border-line px-2 font-normal text-text">
                <ClusterName index={cluster.ordinal} name={cluster.name} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {offers.map((offer) => (
            <tr key={`${offer.clusterId}/${offer.namespace}`} className={cx("hover:bg-wash", offer.system && "text-muted")}>
              <th scope="row" className="h-8 border-b border-line text-left font-normal">
                <span className="flex items-center gap-1.5">
                  {showSource ? <ClusterMark index={clusters.find((cluster) => cluster.id === offer.clusterId)?.ordinal ?? "outside"} /> : null}
                  <span className="font-mono">
                    {showSource ? <span className="text-muted">{clusters.find((cluster) => cluster.id === offer.clusterId)?.name} </span> : null}
                    {offer.namespace}
                  </span>
                </span>
              </th>
              <td className="border-b border-line px-2 text-right">{formatCount(offer.workloads)}</td>
              {targets.map((cluster) => (
                <td key={cluster.id} className="border-b border-line px-2">
                  <TargetCell offer={offer} cluster={cluster} wishes={wishes} onWish={onWish} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface TargetCellProps extends Pick<PublicationMatrixProps, "wishes" | "onWish"> {
  readonly offer: PublicationOffer;
  readonly cluster: PublishingCluster;
}

function TargetCell({ offer, cluster, wishes, onWish }: TargetCellProps) {
  const target = offer.targets.find((each) => each.clusterId === cluster.id);
  if (target === undefined) return <span className="text-muted">–</span>;
  if (target.barred !== null && target.approved === null) {
    return (
      <span title={target.barred} className="inline-flex items-center gap-1 text-muted">
        <StatusGlyph status="locked" /> <span className="sr-only">{target.barred}</span>
      </span>
    );
  }
  const key = pairKey({ sourceClusterId: offer.clusterId, namespace: offer.namespace, targetClusterId: cluster.id });
  const wanted = wishes.get(key) ?? target.approved !== null;
  const changed = wanted !== (target.approved !== null);
  return (
    <button
      type="button"
      role="checkbox"
      aria-checked={wanted}
      aria-label={`Publish ${offer.namespace} into ${cluster.name}`}
      onClick={() => onWish(key, !wanted)}
      className="inline-flex h-6 items-center gap-1.5 rounded-sm pr-1"
    >
      <span className={cx("grid size-4 place-items-center rounded-[3px] border", changed ? "border-accent bg-wash-accent text-accent" : "border-line-strong")}>
        {wanted ? <Check size={12} aria-hidden /> : null}
      </span>
      <span className="whitespace-nowrap text-muted">{words(offer, target, wanted)}</span>
    </button>
  );
}

function words(offer: PublicationOffer, target: OfferTarget, wanted: boolean): string {
  if (target.approved === null) return wanted ? "will be published" : "";
  if (!wanted) return "will be withdrawn";
  if (target.barred !== null) return "barred now";
  return target.published === 0 && offer.workloads > 0 ? "approved" : `${target.published} published`;
}
