import { TokensPage } from "../../../../features/tokens";

export const metadata = { title: "API tokens" };

export default function Page() {
  return <TokensPage />;
}
