import { OrganisationPage } from "../../../../features/organisations";

export const metadata = { title: "Organisation" };

export default function Page() {
  return <OrganisationPage />;
}
