"use client";

import { permissionSpecs, type Permission } from "@isthmus/access";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { EmptyState, LoadingState, StatusGlyph } from "../../../ui";
import { useAccess, useMay } from "../model/access-context";
import { startOf } from "../model/pages";
import { useLink } from "../model/use-view";

/** To the page that answers what a permission needs and who could give it. */
export function WhyLink({ permission }: { readonly permission: Permission }) {
  const link = useLink();
  return (
    <Link href={link(`/access/why?permission=${permission}`)} className="text-accent hover:underline">
      Why can I not…
    </Link>
  );
}

/** Stands in place of a page that the person may not see: says which permission is missing, and where to ask why. */
export function NotPermitted({ page, missing }: { readonly page: string; readonly missing: readonly Permission[] }) {
  const { viewingAs, organisation } = useAccess();
  const first = missing[0];
  const who = viewingAs === null ? "You" : viewingAs.displayName;
  return (
    <div className="flex min-h-0 flex-1 bg-surface">
      <EmptyState
        icon={<StatusGlyph status="locked" />}
        title={`${who} may not see ${page}`}
        action={first === undefined ? undefined : <WhyLink permission={first} />}
      >
        In {organisation.name} this needs{" "}
        {missing.map((permission, index) => (
          <span key={permission}>
            {index === 0 ? "" : " or "}“{permissionSpecs[permission].title}” <code>{permission}</code>
          </span>
        ))}
        . Somebody who manages roles here can give it.
      </EmptyState>
    </div>
  );
}

/** Where a list is empty for somebody who does not see all of the organisation. */
export function NothingInReach({ what, permission }: { readonly what: string; readonly permission: Permission }) {
  const { organisation } = useAccess();
  return (
    <EmptyState title={`No ${what} lies in your scope`} action={<WhyLink permission={permission} />}>
      Your roles in {organisation.name} are limited, and there is nothing within their limits now. What is outside of
      them is not shown.
    </EmptyState>
  );
}

/** Where there is nothing to see before a cluster is connected. */
export function NoCluster() {
  const link = useLink();
  const { limited } = useAccess();
  const connects = useMay("clusters.connect");
  if (limited) return <NothingInReach what="cluster" permission="clusters.read" />;
  return (
    <EmptyState
      title="No cluster is connected yet"
      action={
        connects ? (
          <Link
            href={link("/clusters?connect=new")}
            className="inline-flex h-7 items-center rounded-md border border-accent bg-accent px-3 font-medium text-on-accent"
          >
            Connect a cluster
          </Link>
        ) : undefined
      }
    >
      Name a cluster, apply one manifest in it, and its agent dials home. Flows, the graph and its policies follow by
      themselves.
    </EmptyState>
  );
}

/** Goes on from `/` to where a person starts in an organisation that has no overview. */
export function ToStart() {
  const router = useRouter();
  const access = useAccess();
  const start = startOf(access);
  useEffect(() => router.replace(start), [router, start]);
  return <LoadingState />;
}

/** Stands in place of a page that this kind of organisation does not have. */
export function NotHere() {
  const link = useLink();
  const installation = useAccess().kind === "installation";
  return (
    <div className="flex min-h-0 flex-1 bg-surface">
      <EmptyState
        title={installation ? "The installation has no such page" : "This page belongs to the installation"}
        action={
          <Link href={link(installation ? "/organisations" : "/access")} className="text-accent hover:underline">
            {installation ? "To the organisations" : "To the access of this organisation"}
          </Link>
        }
      >
        {installation
          ? "Clusters, flows and the like belong to organisations. Change to one of yours in the account menu at the top right."
          : "If you administer it, change to it in the account menu at the top right."}
      </EmptyState>
    </div>
  );
}
