import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { Providers } from "../../client";
import { EvidenceStrip } from "../../features/evidence";
import { AppFrame, parseTheme, themeCookie } from "../../features/frame";
import { accessHere } from "../../features/frame/server";
import { DeletionBanner, OrganisationSwitch } from "../../features/organisations";
import { AccountBanner } from "../../features/sign-in";
import { bindToPerson } from "../../server/context";
import { getServer } from "../../server/main";
import { identityOfPage } from "../../server/page-identity";

export default async function FrameLayout({ children }: { readonly children: ReactNode }) {
  const identity = await identityOfPage();
  const { email, displayName, mustChangePassword } = identity.person;
  if (mustChangePassword) {
    const next = (await headers()).get("x-isthmus-path") ?? "/";
    redirect(next === "/" ? "/new-password" : `/new-password?next=${encodeURIComponent(next)}`);
  }
  const access = accessHere(await bindToPerson(await getServer(), identity));
  const theme = parseTheme((await cookies()).get(themeCookie)?.value);
  return (
    <Providers>
      <AppFrame
        theme={theme}
        person={{ email, displayName }}
        access={access}
        evidence={<EvidenceStrip />}
        organisations={<OrganisationSwitch />}
        banner={
          <>
            <DeletionBanner />
            <AccountBanner />
          </>
        }
      >
        {children}
      </AppFrame>
    </Providers>
  );
}
