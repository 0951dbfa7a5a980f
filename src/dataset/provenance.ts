/** The content of `dataset.json`, which records for people and model registries where a published tree comes from. */

/** The provenance file at the root of every published tree. */
export const provenanceFile = 'dataset.json';

/** The list beside it of exactly the published files, one path a line, relative to the data directory (of a single file: its name). */
export const splitFile = 'split.txt';

/** One thing that DVC tracks and the dataset has files of. */
export interface ProvenanceOutput {
  /** Its path in the repository. */
  path: string;
  /** The metadata file that names it. */
  metadata: string;
  /** As the metadata names it: an md5, with `.dir` behind it for a folder. */
  oid: string;
  hash: 'md5' | 'md5-dos2unix';
}

/** The content of `dataset.json` at the root of a published tree. Unknown fields may come with later versions. */
export interface Provenance {
  /** The canonical reference, `<repository>@<revision>:<split>`. */
  dataset: string;
  key: string;
  layoutVersion: number;
  repository: string;
  revision: string;
  split: string;
  dataDir: string;
  splitDir: string;
  /** The folder of the repository that the paths in `oid` are relative to: the data directory, or the folder of a single file. */
  relativeTo: string;
  outputs: ProvenanceOutput[];
  /** DVC's name of the hash that names the objects: `md5`, or `md5-dos2unix` for data of DVC 2. Where they differ, of the output whose files come first. */
  hash: 'md5' | 'md5-dos2unix';
  /** The DVC object that names exactly the published files: md5 and `.dir`. */
  oid: string;
  /** What names the whole dataset: the only output's own object, else the `.dir` object that DVC would write of all its files. */
  datasetOid: string;
  files: number;
  bytes: number;
  /** How long the fetch took, in seconds. */
  seconds: number;
  /** RFC 3339, in UTC. */
  fetchedAt: string;
  versions: { 'dvc-injector': string; dvc: string; git: string };
}
