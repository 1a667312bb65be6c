import { GraphPage } from "../../../features/graph";

export default function Page() {
  return <GraphPage />;
}
