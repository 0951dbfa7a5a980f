/** What each type of DVC remote may take from a repository and from its Secret: one table, which the docs are made from. */
import { plainAddress } from './address.ts';

/** True where a value may be used as it stands. */
export type Check = (value: string) => boolean;

/** One type of remote, called as the scheme of its url is. */
export interface RemoteTypeRow {
  /** What people know it as. */
  title: string;
  /** The keys of a remote's section in `.dvc/config` that are used; every other one is left out and logged. */
  keys: Readonly<Record<string, Check>>;
  /** Whose servers a repository may name without the admin's list: the cloud's own, or nobody's. */
  servers: 'the cloud' | 'listed' | 'none';
  /** The word for `DVC_EXTRAS` with which an image gets this type; null where every image has it. */
  extra: string | null;
  /**
   * The Secret's keys that are of use, in the order of preference: for the docs, and for the log to hide. What is passed on
   * is decided by dvc/credentials.ts for each type, and by process/environment.ts for the cloud's own variables.
   */
  credentials: readonly string[];
}

const flag: Check = (value) => /^(true|false)$/i.test(value);
const seconds: Check = (value) => /^[0-9]{1,4}$/.test(value);
const bucket = (scheme: string): Check => {
  const form = new RegExp(`^${scheme}://[A-Za-z0-9][A-Za-z0-9._-]{1,253}(?:/[^/?#]+)*/?$`);
  return (value) => form.test(value);
};
const address = (scheme: string, login?: string): Check => {
  const form = plainAddress(scheme, login);
  return (value) => form.test(value);
};
const user: Check = (value) => /^[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}$/.test(value);
const headerName: Check = (value) => /^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(value);
const basic = ['username', 'password'];
const aws = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_REGION'];

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
});

const webdav = (title: string, scheme: string): RemoteTypeRow => ({
  title,
  keys: { url: address(scheme), custom_auth_header: headerName, timeout: seconds },
  servers: 'listed',
  extra: 'webdav',
  credentials: ['token', ...basic],
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
    servers: 'the cloud',
    extra: null,
    credentials: aws,
  },
  ssh: {
    title: 'SSH (SFTP)',
    keys: {
      url: address('ssh', '(?:[A-Za-z0-9_][A-Za-z0-9._-]*@)?'),
      user,
      port: (value) => /^[0-9]{1,5}$/.test(value),
      timeout: seconds,
      max_sessions: (value) => /^[0-9]{1,3}$/.test(value),
    },
    servers: 'listed',
    extra: null,
    credentials: ['ssh-privatekey', 'known_hosts', ...basic],
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
    servers: 'the cloud',
    extra: 'gs',
    credentials: ['GOOGLE_APPLICATION_CREDENTIALS_DATA'],
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
    servers: 'the cloud',
    extra: 'azure',
    credentials: [
      'AZURE_STORAGE_CONNECTION_STRING',
      'AZURE_STORAGE_ACCOUNT',
      'AZURE_STORAGE_KEY',
      'AZURE_STORAGE_SAS_TOKEN',
      'AZURE_TENANT_ID',
      'AZURE_CLIENT_ID',
      'AZURE_CLIENT_SECRET',
    ],
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
  },
  local: {
    title: 'A folder, where the scheme `file` is allowed',
    keys: { url: (value) => value.startsWith('/') },
    servers: 'none',
    extra: null,
    credentials: [],
  },
} as const satisfies Record<string, RemoteTypeRow>;

export type RemoteTypeName = keyof typeof remoteTypes;

/** Keys of a Secret that say where and as whom, which people need to read. */
const nonSecretKeys = [
  'username',
  'known_hosts',
  'AWS_REGION',
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
