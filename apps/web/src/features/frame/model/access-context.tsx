"use client";

import { permissionSpecs, type Permission } from "@isthmus/access";
import { createContext, useContext } from "react";
import type { OrganisationKind } from "./pages";

/** What the person may do in the organisation that this page shows, and with whose eyes it is seen. */
export interface HeldAccess {
  /** Held somewhere; the server decides about each single thing. */
  readonly permissions: readonly Permission[];
  /** True where some of the organisation is out of sight. */
  readonly limited: boolean;
  readonly organisation: { readonly id: string; readonly name: string };
  readonly kind: OrganisationKind;
  readonly viewingAs: { readonly id: string; readonly displayName: string } | null;
}

const nothing: HeldAccess = {
  permissions: [],
  limited: false,
  organisation: { id: "", name: "" },
  kind: "ordinary",
  viewingAs: null,
};

/** Given by the frame to every page. */
export const AccessContext = createContext<HeldAccess>(nothing);

/** What the person may do here. */
export const useAccess = (): HeldAccess => useContext(AccessContext);

/** Whether the person holds a permission anywhere; what they may not do is not offered. */
export function useMay(permission: Permission): boolean {
  return whyBarred(useAccess(), permission) === undefined;
}

/** Why an act is barred, as its button says it; undefined when it is not. */
export function useBarred(permission: Permission): string | undefined {
  return whyBarred(useAccess(), permission);
}

/** The reason in words: eyes that are not one's own change nothing, and a permission that is not held is named. */
export function whyBarred(
  { permissions, viewingAs }: Pick<HeldAccess, "permissions" | "viewingAs">,
  permission: Permission,
): string | undefined {
  const { title, verb } = permissionSpecs[permission];
  if (viewingAs !== null && verb === "change")
    return `You see this as ${viewingAs.displayName}, and cannot change anything until you stop.`;
  if (permissions.includes(permission)) return undefined;
  return `You may not: this needs “${title}” (${permission}).`;
}
