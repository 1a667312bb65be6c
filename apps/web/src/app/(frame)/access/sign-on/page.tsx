import { ProvidersPage } from "../../../../features/sign-in";

export const metadata = { title: "Single sign-on" };

export default function Page() {
  return <ProvidersPage />;
}
