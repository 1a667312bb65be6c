import { FlowDetailPage } from "../../../../features/flows";

export const metadata = { title: "Flow" };

export default async function Page({ params }: { readonly params: Promise<{ readonly id: string }> }) {
  const { id } = await params;
  return <FlowDetailPage id={decodeURIComponent(id)} />;
}
