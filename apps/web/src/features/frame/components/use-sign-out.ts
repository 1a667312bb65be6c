"use client";

import { useMutation } from "@tanstack/react-query";
import { useTRPC } from "../../../client";

/** Ends this session, also at the provider that it came from, and leaves to the sign-in page; everything this browser had
 * cached goes with the page. */
export function useSignOut(): () => void {
  const trpc = useTRPC();
  const { mutate } = useMutation(
    trpc.signIn.signOut.mutationOptions({
      onSettled: (signedOut) => window.location.assign(signedOut?.providerUrl ?? "/sign-in"),
    }),
  );
  return () => mutate();
}
