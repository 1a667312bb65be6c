import { StoragePage } from "../../../../features/storage";

export const metadata = { title: "Storage" };

export default function Page() {
  return <StoragePage />;
}
