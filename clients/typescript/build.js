// Bundles what tsc has compiled into one file for pages without a bundler, and holds it to its size.
import { buildSync } from "esbuild";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const file = "dist/distributed-sockets.min.js";
const limit = 10 * 1024;

// Members that only the modules know of each other: never a name of the public API, of a frame, or of the browser's.
const inside = [
  "addNow", "answer", "answers", "ask", "begin", "bytes", "check", "deliveries", "doneMid", "events", "excess", "finish", "flush", "forget", "inbox", "intake", "isCurrent", "isDone", "isOpen", "isPart", "isSent",
  "isWhole", "keeper", "lived", "news", "outbox", "parts", "places", "promise", "raise", "reach", "refuse", "requests", "restore", "rewound", "roomWatching", "settings", "take", "tell",
  "tellGap", "wake", "watching", "whenAtMost",
];

buildSync({
  entryPoints: ["dist/index.js"], outfile: file, bundle: true, minify: true, format: "esm", target: "es2022",
  mangleProps: new RegExp(`^(${inside.join("|")})$`),
});

const bytes = readFileSync(file);
const compressed = gzipSync(bytes, { level: 9 }).length;
console.log(`${file}: ${bytes.length} bytes minified, ${compressed} bytes gzip-compressed (limit ${limit})`);
if (compressed > limit) {
  console.error(`The bundle is ${compressed - limit} bytes above its limit.`);
  process.exit(1);
}
