"use client";

import { useMutation } from "@tanstack/react-query";
import { Eye } from "lucide-react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button } from "../../../ui";
import { useAccess } from "../model/access-context";

/** Across the top while the person looks with another member's eyes: whose, what that means, and the way back. */
export function ViewAsBanner() {
  const trpc = useTRPC();
  const { viewingAs, organisation } = useAccess();
  const stop = useMutation(
    // A full load: nothing that was read with the other eyes stays on the page.
    trpc.signIn.stopViewAs.mutationOptions({ onSuccess: () => window.location.reload() }),
  );
  if (viewingAs === null) return null;
  return (
    <section
      aria-label="View as"
      className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-wash-accent px-4 py-1"
    >
      <Eye size={16} aria-hidden className="shrink-0 text-accent" />
      <p className="min-w-0 flex-1">
        You see {organisation.name} as <b className="font-semibold">{viewingAs.displayName}</b> sees it. Nothing can be
        changed.
        {stop.error === null ? null : <span role="alert"> {wireErrorOf(stop.error).message}</span>}
      </p>
      <Button busy={stop.isPending || stop.isSuccess} onClick={() => stop.mutate()}>
        Back to your own view
      </Button>
    </section>
  );
}
