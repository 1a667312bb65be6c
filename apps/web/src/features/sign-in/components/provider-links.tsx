"use client";

/** A provider that the sign-in page offers. */
export interface OfferedProvider {
  readonly id: string;
  readonly name: string;
  /** The organisation that it is of; undefined for one that is for all. */
  readonly organisation?: string | undefined;
}

export interface ProviderLinksProps {
  readonly providers: readonly OfferedProvider[];
  readonly next: string;
  /** Told to the provider, so that the person need not type it again. */
  readonly email: string;
}

/** One button a provider; they are links, since they leave this site. */
export function ProviderLinks({ providers, next, email }: ProviderLinksProps) {
  return (
    <ul className="flex flex-col gap-2" aria-label="Ways to sign in">
      {providers.map((provider) => (
        <li key={provider.id}>
          <a
            href={`/sign-in/oidc/${provider.id}?${new URLSearchParams({ next, email }).toString()}`}
            className="flex min-h-8 w-full items-center justify-center gap-1 rounded-md border border-line-strong bg-surface px-3 py-1 text-center font-medium text-text transition-colors duration-150 hover:bg-wash"
          >
            <span>
              Continue with {provider.name}
              {provider.organisation === undefined ? null : (
                <span className="font-normal text-muted"> · {provider.organisation}</span>
              )}
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}
