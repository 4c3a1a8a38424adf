import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { build, defineConfig, type Plugin } from 'vite';

export default defineConfig({
  root: join(import.meta.dirname, 'src/web'),
  plugins: [react(), verifier()],
  build: {
    outDir: join(import.meta.dirname, 'dist/web'),
    emptyOutDir: true,
    // The policy of the pages lets nothing in that is written into them.
    assetsInlineLimit: 0,
    target: 'baseline-widely-available',
  },
});

const BANNER = `#!/usr/bin/env node
// verify.mjs checks a sale of a Fairline shop from its public log: it needs nothing but that, from
// the shop or in a folder. It has no dependencies, and runs on Node 20 or later and on Deno:
//   node verify.mjs https://SHOP/sales/ID
//   deno run --allow-net --allow-read verify.mjs https://SHOP/sales/ID
// It is bundled, not minified, from src/verify/main.ts of Fairline: each part is below the name of
// its source. Whoever does not want to trust it finds the formats in docs/proof.md.
`;

/** Bundles the verifier into one file beside the pages, which are served with it. */
function verifier(): Plugin {
  return {
    name: 'verifier',
    apply: 'build',
    async generateBundle() {
      const built = await build({
        configFile: false,
        root: import.meta.dirname,
        publicDir: false,
        logLevel: 'warn',
        ssr: { noExternal: true },
        build: {
          ssr: 'src/verify/main.ts',
          write: false,
          minify: false,
          target: 'es2022',
          rolldownOptions: { output: { postBanner: BANNER } },
        },
      });
      const outputs = 'output' in built ? built.output : [];
      const [code, ...others] = outputs.flatMap((one) => (one.type === 'chunk' ? one.code : []));
      if (code === undefined || others.length > 0) throw new Error('the verifier is one file');
      this.emitFile({ type: 'asset', fileName: 'verify.mjs', source: code });
    },
  };
}
