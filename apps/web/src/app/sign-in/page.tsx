import { redirect } from "next/navigation";
import { Providers } from "../../client";
import { safeReturnPath, SignInPage } from "../../features/sign-in";
import { maybeIdentityOfPage } from "../../server/page-identity";

export const metadata = { title: "Sign in" };

export default async function Page({ searchParams }: { readonly searchParams: Promise<{ readonly next?: string }> }) {
  const next = safeReturnPath((await searchParams).next);
  if ((await maybeIdentityOfPage()) !== undefined) redirect(next);
  return (
    <Providers>
      <SignInPage next={next} />
    </Providers>
  );
}
