/** The environment git and DVC run in: a short list of names. The cloud's own variables follow once the remote is known (dvc/credentials.ts). */
import { noProxyEnvironment } from '../remote/proxy.ts';
import type { ToolHome } from '../scratch/scratch.ts';

const passedToAll = [
  'PATH',
  'TZ',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
];
const certificateNames = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'AWS_CA_BUNDLE', 'GIT_SSL_CAINFO'];

/** For git. No cloud credentials: a git server has no use for them. */
export function gitEnvironment(
  environment: NodeJS.ProcessEnv,
  home: ToolHome,
  certificates: string | null,
): Record<string, string> {
  return { ...common(environment, home, certificates), LC_ALL: 'C' };
}

/** For DVC, whatever its remote; `listed` are the servers that it may be at. */
export function dvcEnvironment(
  environment: NodeJS.ProcessEnv,
  home: ToolHome,
  certificates: string | null,
  listed: readonly string[],
): Record<string, string> {
  const shared = common(environment, home, certificates);
  return {
    // Real empty files, whatever the pod's environment names: without these the SDK would read what lies in a home
    // folder, and such a file can name a command to run (credential_process).
    AWS_CONFIG_FILE: home.emptyFile,
    AWS_SHARED_CREDENTIALS_FILE: home.emptyFile,
    AZURE_CONFIG_DIR: home.home,
    ...shared,
    ...noProxyEnvironment(shared, listed),
    LC_ALL: 'C.UTF-8',
    PYTHONUTF8: '1', // names in Unicode whatever the image's locale
    PYTHONNOUSERSITE: '1',
    DVC_NO_ANALYTICS: '1',
    DVC_GLOBAL_CONFIG_DIR: home.home,
    DVC_SYSTEM_CONFIG_DIR: home.home,
  };
}

function common(environment: NodeJS.ProcessEnv, home: ToolHome, certificates: string | null): Record<string, string> {
  return {
    ...picked(environment, passedToAll),
    // An empty one counts as none, as everywhere; some libraries take it for a bundle that holds nothing.
    ...picked(
      environment,
      certificateNames.filter((name) => environment[name]),
    ),
    ...(certificates === null
      ? {}
      : Object.fromEntries(
          certificateNames.filter((name) => name !== 'SSL_CERT_DIR').map((name) => [name, certificates]),
        )),
    ...lowerCaseProxies(environment),
    // A UID without a passwd entry: Python's getpass and expanduser fail where these are not set.
    HOME: home.home,
    USER: 'dvc-injector',
    LOGNAME: 'dvc-injector',
    TMPDIR: home.temporary,
    XDG_CONFIG_HOME: home.home,
    XDG_CACHE_HOME: home.home,
  };
}

/** curl, and so git, reads HTTP_PROXY in lower case only; a manifest has the names in upper case as a rule. */
function lowerCaseProxies(environment: NodeJS.ProcessEnv): Record<string, string> {
  const names = passedToAll.filter((name) => /^[A-Z]+_PROXY$/.test(name));
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name.toLowerCase()] ?? environment[name];
      return value === undefined ? [] : [[name.toLowerCase(), value]];
    }),
  );
}

function picked(environment: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
}
