import { OverviewPage } from "../../features/overview";

export const metadata = { title: "Overview" };

export default function Page() {
  return <OverviewPage />;
}
