import type { NextConfig } from "next";

const config: NextConfig = {
  reactStrictMode: true,
  poweredByHeader: false,
  typedRoutes: false,
  devIndicators: false,
  transpilePackages: [
    "@isthmus/std",
    "@isthmus/protocol",
    "@isthmus/policy-engine",
    "@isthmus/access",
    "@isthmus/audit",
    "@isthmus/db",
    "@isthmus/flow-filter",
    "@isthmus/flow-store",
  ],
  serverExternalPackages: [
    "@node-rs/argon2",
    "pg",
    "@prisma/client",
    "@prisma/adapter-pg",
    "@clickhouse/client",
    "chdb",
    "prom-client",
  ],
  // `npm run check` is where types are checked, once.
  typescript: { ignoreBuildErrors: true },
  experimental: { optimizePackageImports: ["lucide-react", "radix-ui"] },
};

export default config;
