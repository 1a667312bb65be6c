import { Providers } from "../../../client";
import { ResetPage } from "../../../features/sign-in";

export const metadata = { title: "A new password", referrer: "no-referrer" as const };

export default async function Page({ params }: { readonly params: Promise<{ readonly token: string }> }) {
  return (
    <Providers>
      <ResetPage token={(await params).token} />
    </Providers>
  );
}
