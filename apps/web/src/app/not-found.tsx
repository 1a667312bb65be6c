import Link from "next/link";
import { Logo } from "../features/frame";

export const metadata = { title: "No such page" };

export default function NotFound() {
  return (
    <main className="grid min-h-dvh place-content-center gap-2 px-4 text-center">
      <p className="mb-2 flex justify-center">
        <Logo size={32} />
      </p>
      <h1 className="text-title font-semibold">There is no such page</h1>
      <p className="text-work text-muted">The address may have been shortened or mistyped.</p>
      <p>
        <Link href="/" className="text-work text-accent underline-offset-2 hover:underline">
          Go to the overview
        </Link>
      </p>
    </main>
  );
}
