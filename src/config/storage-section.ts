/** The configuration's section `storage`: the claim of each namespace, and with `static` the EFS volume behind it. */
import { z } from 'zod';
import { dnsLabel } from '../dns-names.ts';
import { dnsName, quantity } from './values.ts';
import { handlesOverlap, isCanonicalHandle, parseVolumeHandle, writtenHandle } from './volume-handle.ts';

const handleAdvice = 'must be an EFS volume handle such as fs-0123456789abcdef0::fsap-0123456789abcdef0 or fs-…:/path';
const handle = z
  .string(handleAdvice)
  .regex(writtenHandle, { error: handleAdvice, abort: true })
  .refine(isCanonicalHandle, handleAdvice);

const namespace = z.string().regex(dnsLabel, 'must be the name of a namespace');

const mountOption = z
  .string()
  // No comma: the driver joins the options with commas, so that one in an option would hide a second.
  .regex(/^[A-Za-z0-9_.=:/@+-]+$/, 'must be one mount option such as iam, without a comma')
  .refine(
    (text) => !text.toLowerCase().startsWith('accesspoint='),
    'an access point belongs into the volume handle: fs-…::fsap-…',
  );

const staticVolumes = z
  .strictObject({
    volumeHandle: handle
      .optional()
      .describe(
        'The EFS volume of every opted-in namespace that `namespaces` does not name; only with `shared: true`, as more than one namespace gets it.',
      ),
    namespaces: z
      .record(namespace, handle)
      .default({})
      .describe(
        'The EFS volume of each namespace: `fs-…::fsap-…` (an access point, recommended), `fs-…:/path` or `fs-…`.',
      ),
    shared: z
      .boolean()
      .default(false)
      .describe('Lets namespaces have one volume, or one within another. Each can then read what the others fetched.'),
    mountOptions: z
      .array(mountOption)
      .default([])
      .describe('Mount options of the volumes, such as `iam`. The driver encrypts in transit without being told.'),
  })
  .optional();

/** Without ReadWriteOncePod: it allows one pod in the whole cluster, which shares nothing. */
const accessMode = z.enum(
  ['ReadWriteMany', 'ReadWriteOnce', 'ReadOnlyMany'],
  'must be ReadWriteMany, ReadWriteOnce or ReadOnlyMany; ReadWriteOncePod would let one pod at a time have the datasets',
);

const section = z.strictObject({
  claimName: dnsName.default('data-sharing-pvc').describe('Name of the claim, one per namespace.'),
  className: z.string().max(253).default('').describe('Storage class of the claim; "" binds a pre-provisioned volume.'),
  volumeName: dnsName.optional().describe('With className "": the one PersistentVolume to bind.'),
  size: quantity.default('10Gi').describe('Size that the claim asks for. EFS ignores it; quotas do not.'),
  accessModes: z.array(accessMode).min(1).default(['ReadWriteMany']).describe('Access modes that the claim asks for.'),
  static: staticVolumes,
});

type Section = z.output<typeof section>;
type Problem = [path: string[], message: string];

/** The section with the rules that concern more than one key. */
export const storageSection = section.superRefine((storage, context) => {
  for (const [path, message] of [...bindingProblems(storage), ...staticProblems(storage)]) {
    context.addIssue({ code: 'custom', path, message });
  }
});

function bindingProblems({ className, volumeName, accessModes, static: own }: Section): Problem[] {
  const problems: Problem[] = [];
  if (!accessModes.some((mode) => mode.startsWith('ReadWrite'))) {
    problems.push([
      ['accessModes'],
      'must have ReadWriteMany or ReadWriteOnce, as the init container writes the dataset',
    ]);
  }
  if (volumeName !== undefined && className !== '') {
    problems.push([
      ['volumeName'],
      `needs className "": class "${className}" makes its own volumes, and the claim would wait for ever`,
    ]);
  }
  if (own && className !== '') {
    problems.push([['static'], `needs className "": class "${className}" makes its own volumes`]);
  }
  if (own && volumeName !== undefined) {
    problems.push([['static'], 'names the volumes itself; leave out volumeName']);
  }
  return problems;
}

function staticProblems({ static: own }: Section): Problem[] {
  if (!own) return [];
  const named = Object.entries(own.namespaces);
  if (own.volumeHandle === undefined && named.length === 0) {
    return [[['static'], 'must name the volumes: namespaces, or volumeHandle with shared: true']];
  }
  if (own.shared) return [];
  if (own.volumeHandle !== undefined) {
    const why =
      'would be the volume of every opted-in namespace, and each could read what the others fetched; give each one an access point of its own in static.namespaces, or set static.shared: true if all may read it';
    return [[['static', 'volumeHandle'], why]];
  }
  return named.flatMap(([name, text], index) => {
    const earlier = named.slice(0, index).find(([, other]) => overlap(text, other));
    if (!earlier) return [];
    const why = `shows the same files as that of ${earlier[0]}, and each could read what the other fetched; give each an access point of its own, or set static.shared: true if both may read it`;
    return [[['static', 'namespaces', name], why] as Problem];
  });
}

function overlap(one: string, other: string): boolean {
  const [first, second] = [parseVolumeHandle(one), parseVolumeHandle(other)];
  return first !== null && second !== null && handlesOverlap(first, second);
}
