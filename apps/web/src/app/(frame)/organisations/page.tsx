import { OrganisationsPage } from "../../../features/organisations";

export const metadata = { title: "Organisations" };

export default function Page() {
  return <OrganisationsPage />;
}
