import { redirect } from "next/navigation";
import { Providers } from "../../client";
import { safeReturnPath, signInProblemSentence, SignInPage } from "../../features/sign-in";
import { maybeIdentityOfPage } from "../../server/page-identity";

export const metadata = { title: "Sign in" };

interface Place {
  readonly searchParams: Promise<{ readonly next?: string; readonly problem?: string }>;
}

export default async function Page({ searchParams }: Place) {
  const { next: wanted, problem } = await searchParams;
  const next = safeReturnPath(wanted);
  if ((await maybeIdentityOfPage()) !== undefined) redirect(next);
  return (
    <Providers>
      <SignInPage next={next} problem={signInProblemSentence(problem)} />
    </Providers>
  );
}
