import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { Providers } from "../../client";
import { EvidenceStrip } from "../../features/evidence";
import { AppFrame, parseTheme, themeCookie } from "../../features/frame";
import { identityOfPage } from "../../server/page-identity";

export default async function FrameLayout({ children }: { readonly children: ReactNode }) {
  const { person, organisationName } = await identityOfPage();
  const theme = parseTheme((await cookies()).get(themeCookie)?.value);
  return (
    <Providers>
      <AppFrame
        theme={theme}
        person={{ email: person.email, displayName: person.displayName, organisation: organisationName }}
        evidence={<EvidenceStrip />}
      >
        {children}
      </AppFrame>
    </Providers>
  );
}
