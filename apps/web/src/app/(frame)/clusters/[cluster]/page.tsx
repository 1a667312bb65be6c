import { ClusterPage } from "../../../../features/clusters";

interface Place {
  readonly params: Promise<{ readonly cluster: string }>;
}

export async function generateMetadata({ params }: Place) {
  return { title: decodeURIComponent((await params).cluster) };
}

export default async function Page({ params }: Place) {
  return <ClusterPage cluster={decodeURIComponent((await params).cluster)} />;
}
