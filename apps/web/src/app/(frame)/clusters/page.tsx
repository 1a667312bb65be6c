import { ClustersPage } from "../../../features/clusters";

export const metadata = { title: "Clusters" };

export default function Page() {
  return <ClustersPage />;
}
