import { RolesPage } from "../../../../features/roles";

export const metadata = { title: "Roles" };

export default function Page() {
  return <RolesPage />;
}
