"use client";

import { permissionSpecs, type Permission } from "@isthmus/access";
import { EmptyState, StatusGlyph } from "../../../ui";
import { useAccess } from "../model/access-context";

/** Stands in place of a page that the person may not see: says which permission is missing, and where to ask why. */
export function NotPermitted({ page, missing }: { readonly page: string; readonly missing: readonly Permission[] }) {
  const { viewingAs, organisation } = useAccess();
  const who = viewingAs === null ? "You" : viewingAs.displayName;
  return (
    <div className="flex min-h-0 flex-1 bg-surface">
      <EmptyState icon={<StatusGlyph status="locked" />} title={`${who} may not see ${page}`}>
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
export function NothingInReach({ what }: { readonly what: string }) {
  const { organisation } = useAccess();
  return (
    <EmptyState title={`No ${what} lies in your scope`}>
      Your roles in {organisation.name} are limited, and there is nothing within their limits now. What is outside of
      them is not shown.
    </EmptyState>
  );
}

/** Stands in place of a page that this kind of organisation does not have. */
export function NotHere() {
  const installation = useAccess().kind === "installation";
  return (
    <div className="flex min-h-0 flex-1 bg-surface">
      <EmptyState
        title={installation ? "The installation has no clusters and no flows" : "This page belongs to the installation"}
      >
        {installation
          ? "They belong to organisations. Change to one of yours in the account menu at the top right."
          : "If you administer it, change to it in the account menu at the top right."}
      </EmptyState>
    </div>
  );
}
