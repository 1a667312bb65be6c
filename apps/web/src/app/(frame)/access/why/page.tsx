import { WhyPage } from "../../../../features/roles";

export const metadata = { title: "Why" };

export default function Page() {
  return <WhyPage />;
}
