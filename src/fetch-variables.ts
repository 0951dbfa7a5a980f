/** The variables by which the webhook tells the fetch what to do: one list, to which the types of both hold what they write and read. */

/** Flags of the fetch as variables are written. */
export type FetchVariableName =
  | 'ALLOW_ENDPOINT'
  | 'ALLOW_SCHEME'
  | 'CA_BUNDLE'
  | 'DATASET'
  | 'DATA_DIR'
  | 'FALLBACK_ENDPOINT'
  | 'FALLBACK_REGION'
  | 'FALLBACK_REMOTE'
  | 'GIT_SECRET_DIR'
  | 'JOBS'
  | 'REMOTE'
  | 'REMOTE_SECRET_DIR'
  | 'SCRATCH'
  | 'SCRATCH_LIMIT'
  | 'SPLIT_DIR'
  | 'VERIFY'
  | 'VOLUME'
  | 'WAIT_TIMEOUT';

/** The dataset's key. No flag: by it the fetch finds out that the webhook is of another version. */
export const keyVariable = 'DVC_INJECTOR_KEY';

export const datasetVariable = 'DVC_INJECTOR_DATASET';

export type FetchVariable = typeof keyVariable | `DVC_INJECTOR_${FetchVariableName}`;
