import { ConnectivityPage } from "../../../../features/connectivity";

export const metadata = { title: "Connectivity" };

export default function Page() {
  return <ConnectivityPage />;
}
