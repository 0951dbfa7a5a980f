/** The content of `dataset.json`, which records for people and model registries where a published tree comes from. */

/** The provenance file at the root of every published tree. */
export const provenanceFile = 'dataset.json';

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
  /** DVC's name of the hash that names the objects: `md5`, or `md5-dos2unix` for data of DVC 2. */
  hash: 'md5' | 'md5-dos2unix';
  /** The DVC object that names exactly the published files: md5 and `.dir`. */
  oid: string;
  /** The `.dir` object of the whole dataset, as `<dataDir>.dvc` names it. */
  datasetOid: string;
  files: number;
  bytes: number;
  /** How long the fetch took, in seconds. */
  seconds: number;
  /** RFC 3339, in UTC. */
  fetchedAt: string;
  versions: { 'dvc-injector': string; dvc: string; git: string };
}
