import { PoliciesPage } from "../../../../features/policies";

export const metadata = { title: "Policies" };

export default function Page() {
  return <PoliciesPage />;
}
