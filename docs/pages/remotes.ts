/** The reference page of the DVC remotes: what a repository may set, what the Secret holds, what the image needs. */
import { type RemoteTypeName, remoteType, remoteTypes, type ServersOf } from '../../src/fetch/remote/types.ts';
import { page, table } from './page.ts';

const servers: Readonly<Record<ServersOf, string>> = {
  endpoint: "The cloud's own; another one where `remotes.endpoints` lists it.",
  account:
    "The account's own at the cloud; another one in the connection string only, where `remotes.endpoints` lists it.",
  listed: 'Those that `remotes.endpoints` lists.',
  none: '–',
};

export function remotesPage(): string {
  const names = Object.keys(remoteTypes) as RemoteTypeName[];
  const rows = names.map((name) => {
    const { title, credentials, servers: whose, extra } = remoteType(name);
    return [`\`${name}\``, title, codes(credentials), servers[whose], extra === null ? '–' : `\`${extra}\``];
  });
  return page(
    'Remotes',
    'src/fetch/remote/types.ts',
    "The type of a DVC remote is the scheme of its `url` in the commit's `.dvc/config`. The Secret is the one that `dvc.io/remote-secret` names; [how to make it](../annotate.md#secrets-for-the-remote). Of several ways to log in the first one whose keys are there counts. An image for a type with an extra is built with `--build-arg DVC_EXTRAS=<extra>`.",
    table(['type', 'what', "keys of the Secret, each one's name as it stands", 'servers', 'extra'], rows),
    "No other key of the Secret is read; one warning of the log names those that are left. None of them is environment: what names a program, a configuration or a library (`NODE_OPTIONS`, `AWS_CONFIG_FILE`, `GIT_SSH_COMMAND`) is of no effect. An address among them (`AWS_ENDPOINT_URL`, the endpoints of an Azure connection string, `token_uri` of Google's key) must be the cloud's own or one that `remotes.endpoints` lists, else the fetch ends with 64.",
    "## What the init container's environment may say",
    "Cloud identities come by environment, from the cloud's webhook or from `fetcher.env`, which goes before the Secret. Of the variables that a cloud's libraries know these reach them, for a remote of that type only, and addresses must be allowed as above:",
    table(
      ['type', 'variables'],
      names
        .filter((name) => remoteType(name).variables.length > 0)
        .map((name) => [`\`${name}\``, codes(remoteType(name).variables)]),
    ),
    '## What a repository may set',
    "Keys of the remote's section in `.dvc/config`. Every other key is left out and the log says which: what runs commands or names files, credentials, what switches a check off, what only matters for pushing.",
    table(
      ['type', 'keys that are used'],
      names.map((name) => [`\`${name}\``, codes(Object.keys(remoteType(name).keys))]),
    ),
  );
}

function codes(words: readonly string[]): string {
  return words.length === 0 ? '–' : words.map((word) => `\`${word}\``).join(', ');
}
