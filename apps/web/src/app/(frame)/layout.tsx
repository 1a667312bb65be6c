import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { Providers } from "../../client";
import { EvidenceStrip } from "../../features/evidence";
import { AppFrame, parseTheme, themeCookie } from "../../features/frame";
import { accessHere } from "../../features/frame/server";
import { bindToPerson } from "../../server/context";
import { getServer } from "../../server/main";
import { identityOfPage } from "../../server/page-identity";

export default async function FrameLayout({ children }: { readonly children: ReactNode }) {
  const identity = await identityOfPage();
  const access = accessHere(await bindToPerson(await getServer(), identity));
  const { email, displayName } = identity.person;
  const theme = parseTheme((await cookies()).get(themeCookie)?.value);
  return (
    <Providers>
      <AppFrame theme={theme} person={{ email, displayName }} access={access} evidence={<EvidenceStrip />}>
        {children}
      </AppFrame>
    </Providers>
  );
}
