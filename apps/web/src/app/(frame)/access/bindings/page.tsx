import { BindingsPage } from "../../../../features/roles";

export const metadata = { title: "Groups and bindings" };

export default function Page() {
  return <BindingsPage />;
}
