import Link from "next/link";
import { Notice } from "../../../ui";
import { Door } from "./door";
import { ProviderLinks } from "./provider-links";

export interface SignInAgainPageProps {
  readonly again: {
    readonly organisation: string;
    readonly present: string;
    readonly email: string;
    readonly providers: readonly { readonly id: string; readonly name: string }[];
  };
  /** Where to go then: a path of this site. */
  readonly next: string;
  /** Why an earlier try came to nothing. */
  readonly problem: string | undefined;
}

/** For somebody who is signed in and goes on in an organisation that wants its own provider. */
export function SignInAgainPage({ again, next, problem }: SignInAgainPageProps) {
  const { organisation, present, email, providers } = again;
  return (
    <Door
      title={`Sign in to ${organisation}`}
      foot={
        <Link href="/" className="text-accent hover:underline">
          Stay in {present}
        </Link>
      }
    >
      {problem === undefined ? null : (
        <div role="alert">
          <Notice look="problem">{problem}</Notice>
        </div>
      )}
      <p>
        {organisation} lets people in through its own single sign-on alone. Your session in {present} ends once you are
        signed in there.
      </p>
      {providers.length === 0 ? (
        <p className="text-muted">None of its providers is switched on. Ask one of its owners.</p>
      ) : (
        <ProviderLinks providers={providers} next={next} email={email} />
      )}
    </Door>
  );
}
