/** `npm run soak -- admission`: says whether the webhook keeps its promises under attack. */
import { findingsOf } from './findings.ts';
import { readAttackOptions } from './options.ts';
import { soakAdmission } from './soak-admission.ts';
import { attackTable } from './table.ts';

/** Resolves to the exit code: 1 where a promise broke. Throws UsageError for a bad flag. */
export async function admissionCommand(args: string[], signal: AbortSignal): Promise<number> {
  const options = readAttackOptions(args);
  const result = await soakAdmission(options, signal, (line) => console.log(line));
  const findings = findingsOf(result);
  console.log(['', ...attackTable(result), '', ...findings.map((finding) => `✖ ${finding}`)].join('\n'));
  if (findings.length === 0) console.log('✔ no promise broke');
  return findings.length > 0 ? 1 : signal.aborted ? 130 : 0;
}
