import { MembersPage } from "../../../../features/members";

export const metadata = { title: "People" };

export default function Page() {
  return <MembersPage />;
}
