import { AuditPage } from "../../../features/audit";

export const metadata = { title: "Audit" };

export default function Page() {
  return <AuditPage />;
}
