import { defineConfig } from "vitest/config";

export default defineConfig({
  // Relative, so that the chunks load under whatever address the static files are served from.
  base: "./",
  build: {
    outDir: "dist",
    manifest: "manifest.json",
    target: "es2022",
    rolldownOptions: { input: "src/main.ts" },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.ts"] },
});
