/** One way in which a repository can hold data: who made it, what is asked of it, and what must come of that. */
import type { Project } from './project.ts';

/** A DVC, by its first number. */
export type DvcVersion = 3 | 2;

/** Fills a project by real commands; what DVC can't make it writes by hand. */
export type Maker = (project: Project) => Promise<void>;

/** Shapes of the same maker and version share one repository. */
export interface Shape {
  /** A sentence's end: "fetches …". */
  name: string;
  /** What makes it; 3 unless said otherwise. */
  version?: DvcVersion;
  /** What pulls it; 3 unless said otherwise: that reads no more what DVC 1 wrote. */
  pulledBy?: DvcVersion;
  make: Maker;
  dataDir: string;
  /** `*` unless said otherwise. */
  split?: string;
  expectation: Expectation;
}

/** `files` are the paths in the repository, by hand: all that is to arrive, and with `*` all that `dvc pull` brings. */
export type Expectation = { files: readonly string[] } | Refusal;

export interface Refusal {
  exitCode: 64 | 65 | 66;
  /** Of the one sentence in the termination message. */
  sentence: RegExp;
  /** What DVC itself does with the path: fails too (and may bring a part), brings nothing and says that all is well, or brings what we refuse. */
  dvc: 'fails' | 'brings nothing' | 'brings files';
}
