/** Where what stands wrongly in a remote's url belongs: ends of sentences that never repeat the url, which may hold a secret. */
import type { RemoteTypeName } from './types.ts';

/** The keys of the Secret for what people put into a url. */
interface Places {
  /** In place of a user and a password. */
  login: string;
  /** In place of a query. */
  query: string;
}

const secret = 'the Secret that dvc.io/remote-secret names';
const basic = 'as its keys username and password, or token';
const aws = 'as its keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
const google = 'as its key GOOGLE_APPLICATION_CREDENTIALS_DATA';
const ssh = 'as its key ssh-privatekey, or username and password, with known_hosts';
const azure = 'as its key AZURE_STORAGE_SAS_TOKEN, or AZURE_STORAGE_KEY';
/** No client of DVC's sends a query of its own with each object. */
const byHeader =
  'as its key token, which is sent as a header; a SAS token of Azure needs the url azure://<container> with account_name, and the key AZURE_STORAGE_SAS_TOKEN';

const places: Readonly<Record<Exclude<RemoteTypeName, 'local'>, Places>> = {
  s3: { login: aws, query: `${aws}, as a presigned address serves one object only` },
  gs: { login: google, query: google },
  azure: { login: azure, query: 'as its key AZURE_STORAGE_SAS_TOKEN' },
  ssh: { login: ssh, query: ssh },
  https: { login: basic, query: byHeader },
  http: { login: basic, query: byHeader },
  webdavs: { login: basic, query: 'as its key token' },
  webdav: { login: basic, query: 'as its key token' },
  webhdfs: { login: basic, query: 'as its key token' },
};

/** The end of the sentence on a url that can't be used; empty where there is nothing to add. */
export function wrongUrlHint(type: RemoteTypeName, url: string): string {
  if (type === 'local') return ': a folder must be written with its absolute path';
  const rest = url.slice(url.indexOf('://') + '://'.length);
  if (holdsLogin(type, rest)) {
    return `: a user or password does not belong there, but into ${secret}, ${places[type].login}`;
  }
  if (rest.includes('?')) return `: no query does; a token belongs into ${secret}, ${places[type].query}`;
  if (rest.includes('#')) return ': no fragment does, leave out all from the # on';
  if (/\/\//.test(rest)) {
    return ': its path has an empty segment (//), as a remote:// makes of a base whose url ends with a slash; write one slash';
  }
  return '';
}

/** A password may hold a slash, so all between the first colon and an "@" counts, unless it is a port with a path behind. */
function holdsLogin(type: RemoteTypeName, rest: string): boolean {
  const withPassword = /^[^/:@?#]*:(?![0-9]{0,5}(?:\/|$))[^@]*@/.test(rest);
  const mayNameUser = type === 'ssh' || type === 'webhdfs';
  return withPassword || (!mayNameUser && /^[^/@?#]*@/.test(rest));
}
