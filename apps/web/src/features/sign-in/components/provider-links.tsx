"use client";

import { useQuery } from "@tanstack/react-query";
import { useTRPC } from "../../../client";

export interface ProviderLinksProps {
  readonly next: string;
  /** What was typed as the e-mail address so far: its domain may have a provider of its own. */
  readonly email: string;
}

/** The providers to sign in with: those for all, and those of the address's domain. */
export function ProviderLinks({ next, email }: ProviderLinksProps) {
  const trpc = useTRPC();
  const domain = /@[^@\s]+\.[^@\s.]+$/.exec(email)?.[0] ?? "";
  const offered = useQuery(
    trpc.signIn.providers.queryOptions({ email: domain }, { placeholderData: (before) => before }),
  );
  if (offered.data === undefined || offered.data.length === 0) return null;
  return (
    <ul aria-label="Ways to sign in" className="mb-3 flex flex-col gap-2">
      {offered.data.map((provider) => (
        <li key={provider.id}>
          {/* A plain link: the browser leaves this site, and what it had loaded goes with the page. */}
          <a
            href={`/sign-in/oidc/${provider.id}?${new URLSearchParams({ next, email }).toString()}`}
            className="flex h-8 items-center justify-center rounded-md border border-line bg-surface px-3 font-medium hover:bg-sunken"
          >
            Continue with {provider.name}
          </a>
        </li>
      ))}
    </ul>
  );
}
