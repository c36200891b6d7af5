// Bundles what tsc has compiled into one file for pages without a bundler, and holds it to its size.
import { buildSync } from "esbuild";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const file = "dist/distributed-sockets.min.js";
const limit = 10_000;

buildSync({ entryPoints: ["dist/index.js"], outfile: file, bundle: true, minify: true, format: "esm", target: "es2022" });

const bytes = readFileSync(file);
const compressed = gzipSync(bytes, { level: 9 }).length;
console.log(`${file}: ${bytes.length} bytes minified, ${compressed} bytes gzip-compressed (limit ${limit})`);
if (compressed > limit) {
  console.error(`The bundle is ${compressed - limit} bytes above its limit.`);
  process.exit(1);
}
