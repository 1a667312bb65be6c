import { GraphPage } from "../../../features/graph";

export const metadata = { title: "Graph" };

export default function Page() {
  return <GraphPage />;
}
