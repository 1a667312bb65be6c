import { SettingsPage } from "../../../features/sign-in";

export const metadata = { title: "Settings" };

export default function Page() {
  return <SettingsPage />;
}
