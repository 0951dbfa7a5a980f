/** The exit codes of `webhook`, those of sysexits.h. */

export const exitCodes = {
  done: { code: 0, meaning: 'Stopped by SIGTERM or SIGINT, every request answered.' },
  usage: { code: 64, meaning: 'An unknown flag, or a wrong value for one.' },
  internal: { code: 70, meaning: 'A port can not be opened, or a bug of dvc-injector; the log says which.' },
  configuration: { code: 78, meaning: 'The configuration file is wrong, or no Kubernetes cluster is known.' },
} as const;
