/** The name of a DVC remote, as people write it behind `dvc pull -r` and in the annotation. */
import { hasControl } from '../text.ts';

/** In characters; of more no name is read from a commit either. */
export const longestRemoteName = 200;

/** What may end a quoted section of DVC's configuration, begin a comment or be expanded by Kubernetes or DVC. */
const special = /["'[\]#$%\\]/;

/** True where a remote can have this name. */
export function isRemoteName(name: string): boolean {
  return (
    name !== '' && name.length <= longestRemoteName && name.trim() === name && !special.test(name) && !hasControl(name)
  );
}

/** The end of a sentence on a name that is none. */
export const remoteNameAdvice = `must be the name of a DVC remote in the commit's .dvc/config, such as storage: at most ${longestRemoteName} characters without quotes, brackets, # $ % \\ or control characters`;
