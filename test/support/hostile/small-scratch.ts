/** Runs a fetch whose scratch is a small file system of its own, in a mount namespace that ends with it. */

const script = [
  'scratch=$1 size=$2; shift 2',
  'mount -t tmpfs -o "size=$size" none "$scratch" || exit 99',
  '"$@"; code=$?',
  '[ -z "$(ls -A "$scratch")" ] || { echo "left on scratch: $(ls -A "$scratch")"; exit 98; }',
  'exit $code',
].join('\n');

/**
 * The prefix for such a fetch; a test that may not mount fails by exit code 99. Exit code 98 says that something was
 * left. `size` is in megabytes.
 */
export function smallScratch(scratch: string, size: number): string[] {
  const namespace = process.getuid?.() === 0 ? ['unshare', '-m'] : ['unshare', '-rm'];
  return [...namespace, 'sh', '-c', script, 'sh', scratch, `${size}m`];
}
