#!/usr/bin/env node
/**
 * Starts the program, where Node is new enough to run it. It imports nothing before it has looked, and is written so that
 * an older Node can read it: everything else would fail there with a syntax error or for want of a function, and late.
 */

/** The oldest major version of Node that runs this; package.json's `engines` says the same. */
const oldest = 24;

if (Number(process.versions.node.split('.')[0]) < oldest) {
  process.stderr.write(
    `dvc-injector needs Node ${oldest} or newer, and this is Node ${process.versions.node}: ` +
      `run it as npx dvc-injector in a checkout, where npm ci installs Node ${oldest}, or install that yourself.\n`,
  );
  process.exitCode = 78;
} else {
  const { main } = await import('./commands.ts');
  process.exitCode = await main(process.argv.slice(2));
}
