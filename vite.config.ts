// One module a page, with fixed names: Django's manifest storage adds the content hash and {% static %} finds it.
// What pages share goes to chunks/, which carry Vite's own hash because manifest storage does not rewrite imports.
import { defineConfig } from "vite";

const pages = [
  "base",
  "library",
  "upload",
  "room",
  "quarantine",
  "overview",
  "jobs",
  "recordings",
  "import",
  "recording",
  "key",
  "sets",
  "set",
  "attempt",
  "feedback",
  "progress",
  "rate",
  "studies",
  "study",
  "ladder",
  "harder",
  "releases",
  "release",
  "browse",
  "data",
  "access",
  "models",
  "model",
  "newrun",
  "run",
];

// `--mode harness` builds the page on which the browser tests hold viewer and parts alone; it is not part of the site.
export default defineConfig(({ mode }) => ({
  base: "./",
  publicDir: false,
  build: {
    outDir: mode === "harness" ? "static/harness" : "static/dist",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    cssCodeSplit: true,
    rollupOptions: {
      checks: { eval: false }, // htmx has one, for hx-on, which the pages do not use and the policy would stop
      input:
        mode === "harness"
          ? { harness: "tests/browser/harness.ts" }
          : {
              ...Object.fromEntries(pages.map((page) => [page, `static/src/entries/${page}.ts`])),
              style: "static/src/styles/app.css",
            },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "chunks/[name]-[hash].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
}));
