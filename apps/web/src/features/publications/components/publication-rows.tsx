"use client";

import { Check } from "lucide-react";
import { ClusterMark, cx, formatCount, StatusGlyph } from "../../../ui";
import type { OfferTarget, PublicationOffer, PublishingCluster } from "../model/offers";
import { pairKey, type Wishes } from "../model/selection";

export interface PublicationRowsProps {
  readonly offers: readonly PublicationOffer[];
  readonly clusters: readonly PublishingCluster[];
  readonly wishes: Wishes;
  readonly onWish: (key: string, wanted: boolean) => void;
  /** Shows whose namespace each row is. */
  readonly showSource: boolean;
  readonly label: string;
}

/** Namespaces, each with the clusters into which it is or could be published. */
export function PublicationRows({ offers, clusters, wishes, onWish, showSource, label }: PublicationRowsProps) {
  return (
    <ul aria-label={label}>
      {offers.map((offer) => (
        <li
          key={`${offer.clusterId}/${offer.namespace}`}
          className="border-b border-line py-1.5 text-table last:border-b-0"
        >
          <span className="flex items-center justify-between gap-2">
            <span className="flex min-w-0 items-center gap-1.5 font-mono">
              {showSource ? (
                <>
                  <ClusterMark index={ordinalOf(offer.clusterId, clusters)} />
                  <span className="text-muted">{nameOf(offer.clusterId, clusters)}</span>
                </>
              ) : null}
              <span className="truncate">{offer.namespace}</span>
            </span>
            <span className="whitespace-nowrap text-muted">
              {formatCount(offer.workloads)} {offer.workloads === 1 ? "workload" : "workloads"}
            </span>
          </span>
          <span className="mt-1 flex flex-wrap gap-1">
            {offer.targets.map((target) => (
              <TargetChip
                key={target.clusterId}
                offer={offer}
                target={target}
                clusters={clusters}
                wishes={wishes}
                onWish={onWish}
              />
            ))}
          </span>
        </li>
      ))}
    </ul>
  );
}

const nameOf = (id: string, clusters: readonly PublishingCluster[]): string =>
  clusters.find((cluster) => cluster.id === id)?.name ?? "";
const ordinalOf = (id: string, clusters: readonly PublishingCluster[]): number | "outside" =>
  clusters.find((cluster) => cluster.id === id)?.ordinal ?? "outside";

interface TargetChipProps extends Pick<PublicationRowsProps, "clusters" | "wishes" | "onWish"> {
  readonly offer: PublicationOffer;
  readonly target: OfferTarget;
}

const chip = "inline-flex h-6 items-center gap-1.5 rounded-sm border px-1.5";

function TargetChip({ offer, target, clusters, wishes, onWish }: TargetChipProps) {
  const name = nameOf(target.clusterId, clusters);
  const mark = <ClusterMark index={ordinalOf(target.clusterId, clusters)} />;
  if (target.barred !== null && target.approved === null) {
    return (
      <span title={target.barred} className={cx(chip, "border-dashed border-line text-muted")}>
        {mark}
        <span className="font-mono">{name}</span>
        <StatusGlyph status="locked" />
        <span className="sr-only">{target.barred}</span>
      </span>
    );
  }
  const key = pairKey({
    sourceClusterId: offer.clusterId,
    namespace: offer.namespace,
    targetClusterId: target.clusterId,
  });
  const wanted = wishes.get(key) ?? target.approved !== null;
  const changed = wanted !== (target.approved !== null);
  return (
    <label
      className={cx(
        chip,
        "relative transition-colors duration-150 hover:bg-wash has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-accent",
        changed ? "border-accent bg-wash-accent" : "border-line-strong",
      )}
    >
      <input
        type="checkbox"
        className="sr-only"
        checked={wanted}
        aria-label={`Publish ${offer.namespace} of ${nameOf(offer.clusterId, clusters)} into ${name}`}
        onChange={() => onWish(key, !wanted)}
      />
      <span
        aria-hidden
        className={cx(
          "grid size-3.5 place-items-center rounded-[3px] border",
          changed ? "border-accent text-accent" : "border-line-strong",
        )}
      >
        {wanted ? <Check size={11} strokeWidth={2.5} /> : null}
      </span>
      {mark}
      <span className="font-mono">{name}</span>
      <span className="whitespace-nowrap text-muted empty:hidden">{words(offer, target, wanted)}</span>
    </label>
  );
}

function words(offer: PublicationOffer, target: OfferTarget, wanted: boolean): string {
  if (target.approved === null) return "";
  if (!wanted) return "withdraw";
  if (target.barred !== null) return "barred now";
  return target.published === 0 && offer.workloads > 0 ? "approved" : `${target.published} there`;
}
