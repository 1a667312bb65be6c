import { redirect } from "next/navigation";
import { Providers } from "../../client";
import { NewPasswordPage, safeReturnPath } from "../../features/sign-in";
import { identityOfPage } from "../../server/page-identity";

export const metadata = { title: "Choose your password" };

export default async function Page({ searchParams }: { readonly searchParams: Promise<{ readonly next?: string }> }) {
  const next = safeReturnPath((await searchParams).next);
  const { person } = await identityOfPage();
  if (!person.mustChangePassword) redirect(next);
  return (
    <Providers>
      <NewPasswordPage email={person.email} next={next} />
    </Providers>
  );
}
