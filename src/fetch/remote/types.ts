/** What each type of DVC remote may take from a repository and from its Secret: one table, which the docs are made from. */
import { plainAddress } from './address.ts';

/** True where a value may be used as it stands. */
export type Check = (value: string) => boolean;

/**
 * - `endpoint`: the cloud's own by the bucket's name, or the one in `endpointurl`, which is S3's own or listed
 * - `account`: the cloud's own by the account's name; a repository can name no other
 * - `listed`: the one in the url, which the admin must have listed
 * - `none`
 */
export type ServersOf = 'endpoint' | 'account' | 'listed' | 'none';

/** One type of remote, called as the scheme of its url is. */
export interface RemoteTypeRow {
  /** What people know it as. */
  title: string;
  /** The keys of a remote's section in `.dvc/config` that are used; every other one is left out and logged. */
  keys: Readonly<Record<string, Check>>;
  /** Which server its settings lead to, and so what is asked before it may be. */
  servers: ServersOf;
  /** The word for `DVC_EXTRAS` with which an image gets this type; null where every image has it. */
  extra: string | null;
  /**
   * The Secret's keys that are of use, in the order of preference: no other one is read. How each reaches DVC is decided by
   * dvc/credentials.ts.
   */
  credentials: readonly string[];
  /**
   * What the cloud's libraries are given as environment, and no other variable that begins alike: keys of the Secret, and
   * from the init container's environment alone what names an identity or how to ask.
   */
  variables: readonly string[];
}

const flag: Check = (value) => /^(true|false)$/i.test(value);
const seconds: Check = (value) => /^[0-9]{1,4}$/.test(value);
const bucket = (scheme: string): Check => {
  const form = new RegExp(`^${scheme}://[A-Za-z0-9][A-Za-z0-9._-]{1,253}(?:/[^/?#]+)*/?$`);
  return (value) => form.test(value);
};
const address = (scheme: string, login?: string, port?: string): Check => {
  const form = plainAddress(scheme, login, port);
  return (value) => form.test(value);
};
const user: Check = (value) => /^[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}$/.test(value);
const headerName: Check = (value) => /^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(value);
const basic = ['username', 'password'];
const aws = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_S3',
];
/**
 * Never `AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE` or a profile: such files name commands (`credential_process`). Nor
 * `AWS_EC2_METADATA_SERVICE_ENDPOINT`, by which any server could pose as the node's: it answers at two addresses, and
 * `…_MODE` chooses. What gives out credentials elsewhere has `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
 */
const awsIdentity = [
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_ENDPOINT_URL_STS',
  'AWS_STS_REGIONAL_ENDPOINTS',
  'AWS_EC2_METADATA_DISABLED',
  'AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE',
  'AWS_EC2_METADATA_V1_DISABLED',
  'AWS_IMDS_USE_IPV6',
  'AWS_METADATA_SERVICE_TIMEOUT',
  'AWS_METADATA_SERVICE_NUM_ATTEMPTS',
  'AWS_USE_FIPS_ENDPOINT',
  'AWS_USE_DUALSTACK_ENDPOINT',
  'AWS_MAX_ATTEMPTS',
  'AWS_RETRY_MODE',
  'AWS_REQUEST_CHECKSUM_CALCULATION',
  'AWS_RESPONSE_CHECKSUM_VALIDATION',
];
const azure = [
  'AZURE_STORAGE_CONNECTION_STRING',
  'AZURE_STORAGE_ACCOUNT',
  'AZURE_STORAGE_KEY',
  'AZURE_STORAGE_SAS_TOKEN',
  'AZURE_TENANT_ID',
  'AZURE_CLIENT_ID',
  'AZURE_CLIENT_SECRET',
];
const azureIdentity = ['AZURE_FEDERATED_TOKEN_FILE', 'AZURE_AUTHORITY_HOST'];
/** The file of a mounted identity, and the project to bill. */
const googleIdentity = ['GOOGLE_APPLICATION_CREDENTIALS', 'GOOGLE_CLOUD_PROJECT'];

const http = (title: string, scheme: string): RemoteTypeRow => ({
  title,
  keys: {
    url: address(scheme),
    custom_auth_header: headerName,
    connect_timeout: seconds,
    read_timeout: seconds,
  },
  servers: 'listed',
  extra: null,
  credentials: ['token', ...basic],
  variables: [],
});

const webdav = (title: string, scheme: string): RemoteTypeRow => ({
  title,
  keys: { url: address(scheme), custom_auth_header: headerName, timeout: seconds },
  servers: 'listed',
  extra: 'webdav',
  credentials: ['token', ...basic],
  variables: [],
});

/**
 * Left out on purpose, for every type: what runs commands or names files to read (`configpath`, `credentialpath`,
 * `keyfile`, `cert_path`, `bearer_token_command`), credentials, which are the pod's (`profile`, keys, passwords,
 * tokens), what asks at a terminal (`ask_password`), what switches a check off (`ssl_verify`), what sends the data by
 * way of another server (`proxy_to`, `data_proxy_target`), everything that only matters for pushing.
 */
export const remoteTypes = {
  s3: {
    title: 'Amazon S3 and compatible stores',
    keys: {
      url: bucket('s3'),
      region: (value) => /^[a-z0-9-]{1,32}$/.test(value),
      endpointurl: () => true, // judged as a server
      sse: (value) => /^[A-Za-z0-9:]{1,32}$/.test(value),
      sse_kms_key_id: (value) => /^[A-Za-z0-9:/_-]{1,256}$/.test(value),
      use_ssl: flag,
      listobjects: flag,
      allow_anonymous_login: flag,
      connect_timeout: seconds,
      read_timeout: seconds,
    },
    servers: 'endpoint',
    extra: null,
    credentials: aws,
    variables: [...aws, ...awsIdentity],
  },
  ssh: {
    title: 'SSH (SFTP)',
    keys: {
      // An empty port is the ordinary one: DVC's own pages write ssh://user@host:/path, after scp's form.
      url: address('ssh', '(?:[A-Za-z0-9_][A-Za-z0-9._-]*@)?', ':[0-9]{0,5}'),
      user,
      port: (value) => /^[0-9]{1,5}$/.test(value),
      timeout: seconds,
      max_sessions: (value) => /^[0-9]{1,3}$/.test(value),
    },
    servers: 'listed',
    extra: null,
    credentials: ['ssh-privatekey', 'known_hosts', ...basic],
    variables: [],
  },
  https: http('HTTPS', 'https'),
  http: http('HTTP', 'http'),
  gs: {
    title: 'Google Cloud Storage',
    keys: {
      url: bucket('gs'),
      projectname: (value) => /^[a-z0-9:.-]{1,128}$/.test(value),
      endpointurl: () => true, // judged as a server
      allow_anonymous_login: flag,
    },
    servers: 'endpoint',
    extra: 'gs',
    credentials: ['GOOGLE_APPLICATION_CREDENTIALS_DATA'],
    variables: googleIdentity,
  },
  azure: {
    title: 'Azure Blob Storage',
    keys: {
      url: bucket('azure'),
      account_name: (value) => /^[a-z0-9]{3,24}$/.test(value), // becomes part of a host name
      allow_anonymous_login: flag,
      timeout: seconds,
      read_timeout: seconds,
      connection_timeout: seconds,
    },
    servers: 'account',
    extra: 'azure',
    credentials: azure,
    variables: [...azure, ...azureIdentity],
  },
  webdavs: webdav('WebDAV over TLS', 'webdavs'),
  webdav: webdav('WebDAV', 'webdav'),
  webhdfs: {
    title: 'HDFS by WebHDFS',
    keys: {
      url: address('webhdfs', '(?:[A-Za-z0-9_][A-Za-z0-9._-]*@)?'),
      user,
      use_https: flag,
    },
    servers: 'listed',
    extra: 'webhdfs',
    credentials: ['token', ...basic],
    variables: [],
  },
  local: {
    title: 'A folder, where the scheme `file` is allowed',
    keys: { url: (value) => value.startsWith('/') },
    servers: 'none',
    extra: null,
    credentials: [],
    variables: [],
  },
} as const satisfies Record<string, RemoteTypeRow>;

export type RemoteTypeName = keyof typeof remoteTypes;

/** Keys of a Secret that say where and as whom, which people need to read. */
const nonSecretKeys = [
  'username',
  'known_hosts',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_S3',
  'AZURE_STORAGE_ACCOUNT',
  'AZURE_TENANT_ID',
  'AZURE_CLIENT_ID',
];

/** All others, of every type: nothing may print what they hold. */
export const secretKeys: ReadonlySet<string> = new Set(
  Object.values<RemoteTypeRow>(remoteTypes)
    .flatMap(({ credentials }) => credentials)
    .filter((key) => !nonSecretKeys.includes(key)),
);

/** The row as its interface, without the literal types. */
export function remoteType(name: RemoteTypeName): RemoteTypeRow {
  return remoteTypes[name];
}
