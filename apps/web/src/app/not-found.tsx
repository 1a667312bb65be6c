import Link from "next/link";

export default function NotFound() {
  return (
    <main className="grid min-h-dvh place-content-center gap-2 px-4 text-center">
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
