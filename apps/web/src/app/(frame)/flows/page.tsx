import { FlowsPage } from "../../../features/flows";

export const metadata = { title: "Flows" };

export default function Page() {
  return <FlowsPage />;
}
