import { defineConfig } from "vitest/config";

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    typecheck: { enabled: true, include: ["test/types/**/*.test-d.ts"], tsconfig: "tsconfig.json" },
    // What the program does in processes of its own, from dist/, is not counted.
    coverage: { provider: "v8", include: ["lib/**/*.ts"], reporter: ["text-summary", "html"] },
    globalSetup: "test/scratch.ts",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Two workers with two OpenMP threads each on two cores wait for each other: twenty times slower on tiny models.
    env: { OMP_NUM_THREADS: process.env.OMP_NUM_THREADS ?? "1" },
    pool: "forks",
  },
});
