/** The exit codes of `inject`: those of sysexits.h where one fits, so that scripts can tell a denial from a typing error. */

export const exitCodes = {
  done: { code: 0, meaning: 'The manifests were printed.' },
  denied: { code: 1, meaning: 'A pod is denied; the denials stand on stderr and nothing was printed.' },
  usage: { code: 64, meaning: 'An unknown flag, a flag without its value, or a stray argument.' },
  unreadable: { code: 65, meaning: 'The manifests are not YAML or JSON that kubectl would take.' },
  noInput: { code: 66, meaning: "The file of manifests can't be read." },
  internal: { code: 70, meaning: 'A bug of dvc-injector.' },
  configuration: { code: 78, meaning: 'The configuration file is wrong.' },
} as const;
