import { EnrolmentPage } from "../../../../features/clusters";

export const metadata = { title: "Enrolment" };

export default function Page() {
  return <EnrolmentPage />;
}
