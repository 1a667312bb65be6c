import { redirect } from "next/navigation";
import { Providers } from "../../client";
import { safeReturnPath, SignInAgainPage, signInProblemSentence, SignInPage } from "../../features/sign-in";
import { signInAgain } from "../../features/sign-in/server";
import { getServer } from "../../server/main";
import { maybeIdentityOfPage } from "../../server/page-identity";

export const metadata = { title: "Sign in" };

interface Place {
  readonly searchParams: Promise<{ readonly next?: string; readonly problem?: string; readonly organisation?: string }>;
}

export default async function Page({ searchParams }: Place) {
  const { next: wanted, problem, organisation } = await searchParams;
  const next = safeReturnPath(wanted);
  const identity = await maybeIdentityOfPage();
  const again = await signInAgain(await getServer(), identity, organisation);
  if (again !== undefined) {
    return <SignInAgainPage again={again} next={next} problem={signInProblemSentence(problem)} />;
  }
  if (identity !== undefined) redirect(next);
  return (
    <Providers>
      <SignInPage next={next} problem={signInProblemSentence(problem)} />
    </Providers>
  );
}
