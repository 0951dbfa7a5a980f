/** Azure's own hosts, and the addresses that a connection string may hold beside its key. */

const storageSuffix = /^(?:core\.windows\.net|core\.chinacloudapi\.cn|core\.usgovcloudapi\.net)$/;
const storageHost =
  /^[a-z0-9-]{3,50}(?:\.z[0-9]{1,2})?\.blob\.(?:storage\.azure\.net|core\.windows\.net|core\.chinacloudapi\.cn|core\.usgovcloudapi\.net)$/;
const authorities = ['login.microsoftonline.com', 'login.chinacloudapi.cn', 'login.microsoftonline.us'];

/** Where Azure's identities are asked for tokens. */
export function isAuthorityHost(host: string): boolean {
  return authorities.includes(host);
}

function isStorageHost(host: string): boolean {
  return storageHost.test(host);
}

/**
 * Every address that the libraries can make of it. What names none (`AccountName`, a key) is left out.
 * Source: azure-storage-blob, parse_connection_str.
 */
export function azureEndpoints(connection: string): [address: string, isOwn: (host: string) => boolean][] {
  return connection.split(';').flatMap((part): [string, typeof isStorageHost][] => {
    const [, name = '', value = ''] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
    switch (name.toLowerCase()) {
      case 'usedevelopmentstorage':
        return [['http://127.0.0.1:10000', isStorageHost]];
      case 'endpointsuffix':
        return storageSuffix.test(value.toLowerCase()) ? [] : [[`https://account.blob.${value}`, isStorageHost]];
      case 'accountname':
        return /^[a-z0-9]{3,24}$/.test(value) ? [] : [[`https://${value}.blob.core.windows.net`, isStorageHost]];
      case 'defaultendpointsprotocol':
        return value.toLowerCase() === 'https' ? [] : [[`${value}://account.blob.core.windows.net`, isStorageHost]];
      case 'blobendpoint':
      case 'blobsecondaryendpoint':
        return [[value, isStorageHost]];
      default:
        return []; // the addresses of Azure's other services among them, which nobody asks
    }
  });
}
