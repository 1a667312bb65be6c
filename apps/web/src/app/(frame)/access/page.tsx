import { AccessStart } from "../../../features/frame";

export const metadata = { title: "Access" };

export default function Page() {
  return <AccessStart />;
}
