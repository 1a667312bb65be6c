import { Providers } from "../../../client";
import { JoinPage } from "../../../features/organisations";
import { maybeIdentityOfPage } from "../../../server/page-identity";

export const metadata = { title: "Join", referrer: "no-referrer" as const };

export default async function Page({ params }: { readonly params: Promise<{ readonly token: string }> }) {
  const { token } = await params;
  const identity = await maybeIdentityOfPage();
  return (
    <Providers>
      <JoinPage token={token} signedInAs={identity?.person.email} />
    </Providers>
  );
}
