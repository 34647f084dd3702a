// What `npm run build` makes: index.html, one script, one style sheet, one icon. The hashes in their
// names let browsers keep them for ever; the server hands them out under /assets/.
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/assets/',
  publicDir: false,
  build: {
    outDir: 'built',
    emptyOutDir: true,
    assetsDir: '',
    assetsInlineLimit: 0,
    target: 'es2022',
    modulePreload: false,
    reportCompressedSize: false,
    rollupOptions: {
      input: { app: 'index.html' },
      output: {
        entryFileNames: '[name].[hash].js',
        chunkFileNames: '[name].[hash].js',
        assetFileNames: '[name].[hash][extname]',
        hashCharacters: 'hex',
      },
    },
  },
});
