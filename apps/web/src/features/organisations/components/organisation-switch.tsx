"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { usePathname } from "next/navigation";
import { useTRPC, wireErrorOf } from "../../../client";
import { MenuItem, MenuLabel, MenuSeparator, ProblemIcon } from "../../../ui";
import { placeElsewhere, useAccess } from "../../frame";
import { switchEntries } from "../model/switch-entries";

/** The part of the account menu that changes the organisation; the present one alone where there is no other. */
export function OrganisationSwitch() {
  const trpc = useTRPC();
  const { organisation } = useAccess();
  const mine = useQuery(trpc.signIn.organisations.queryOptions(undefined, { staleTime: 60_000 }));
  const path = usePathname();
  const change = useMutation(
    // A full load: nothing of one organisation stays on a page of another.
    trpc.signIn.switchOrganisation.mutationOptions({ onSuccess: () => window.location.assign("/") }),
  );
  const entries = switchEntries(mine.data ?? [], organisation);
  return (
    <>
      <MenuSeparator />
      <MenuLabel>{entries.length > 1 ? "Organisations" : "Organisation"}</MenuLabel>
      {entries.map((entry) => (
        <MenuItem
          key={entry.id}
          icon={entry.current ? <Check size={14} aria-label="this one" /> : <span className="block size-3.5" />}
          disabled={change.isPending}
          trail={entry.needsSignIn ? "sign in again" : undefined}
          onSelect={() => {
            if (entry.current) return;
            if (!entry.needsSignIn) return change.mutate({ id: entry.id });
            // The session here goes on until that organisation's provider has proved the next one.
            const query = new URLSearchParams({ organisation: entry.id, next: placeElsewhere(path, entry.kind) });
            window.location.assign(`/sign-in?${query.toString()}`);
          }}
        >
          {entry.name}
        </MenuItem>
      ))}
      {change.error === null ? null : (
        <p role="alert" className="flex items-start gap-1.5 px-2 py-1 text-table">
          <ProblemIcon />
          {wireErrorOf(change.error).message}
        </p>
      )}
    </>
  );
}
