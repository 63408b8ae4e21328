import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const OUT = fileURLToPath(new URL('../../dist/console', import.meta.url));
/** Beyond it a build takes seconds longer for a percent less. */
const BROTLI_QUALITY = 9;

/** Puts each file compressed beside itself, so that no server does it for each visitor. */
const compress: Plugin = {
  name: 'compress',
  closeBundle() {
    for (const entry of readdirSync(OUT, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const bytes = readFileSync(path);
      writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      writeFileSync(
        `${path}.br`,
        brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
      );
    }
  },
};

/** The maps are asked for when the page first draws; a browser that hears of them with the page has them by then. */
const preloadMaps: Plugin = {
  name: 'preload-maps',
  transformIndexHtml: () => [
    { tag: 'link', attrs: { rel: 'modulepreload', crossorigin: true, href: './assets/maps.js' }, injectTo: 'head' },
    {
      tag: 'link',
      attrs: { rel: 'preload', as: 'style', crossorigin: true, href: './assets/maps.css' },
      injectTo: 'head',
    },
  ],
};

/** npm run build:console: the page that the server serves at `/`, in dist/console. */
// biome-ignore lint/style/noDefaultExport: vite takes its configuration as the default export
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  plugins: [preloadMaps, compress],
  worker: {
    format: 'es',
    rollupOptions: {
      output: { entryFileNames: ({ name }) => `assets/${name.startsWith('maplibre') ? 'map-worker' : name}.js` },
    },
  },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: 'es2023',
    // Nothing is inlined: the page's Content-Security-Policy allows no data in scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2_000,
    // Plain names: the server answers with 304 while a file is the same.
    rollupOptions: {
      output: {
        entryFileNames: 'assets/page.js',
        chunkFileNames: 'assets/[name].js',
        assetFileNames: ({ names: [name = ''] }) =>
          name.startsWith('maps') ? 'assets/maps.[ext]' : 'assets/page.[ext]',
      },
    },
  },
});
