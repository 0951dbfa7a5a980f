/** Writes completions in the shells' own languages, from the table of commands and flags; nothing in it needs quotes. */
import type { CompletedFlag } from './flags.ts';

type Commands = ReadonlyMap<string, readonly CompletedFlag[]>;

const shells = 'bash zsh fish';

/** For bash 3.2 and newer. */
export function bashScript(commands: Commands): string {
  const cases = [...commands].map(([name, flags]) => {
    const files = flags.filter(({ isFile }) => isFile).map(({ flag }) => flag);
    const others = flags.filter(({ takesValue, isFile }) => takesValue && !isFile).map(({ flag }) => flag);
    const words = name === 'completion' ? shells : flags.map(({ flag }) => flag).join(' ');
    return [
      `    ${name})`,
      '      case "$previous" in',
      ...(files.length > 0 ? [`        ${files.join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;`] : []),
      ...(others.length > 0 ? [`        ${others.join('|')}) return ;;`] : []),
      '      esac',
      `      COMPREPLY=($(compgen -W "${words}" -- "$current")) ;;`,
    ].join('\n');
  });
  return [
    '_dvc_injector() {',
    `  local current="${word('COMP_CWORD')}" previous="${word('COMP_CWORD-1')}"`,
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${[...commands.keys()].join(' ')} --help --version" -- "$current"))`,
    '    return',
    '  fi',
    `  case "${word('1')}" in`,
    ...cases,
    '  esac',
    '}',
    'complete -o default -F _dvc_injector dvc-injector',
    '',
  ].join('\n');
}

/** bash's own name for a word of the command line. */
function word(index: string): string {
  return `$\{COMP_WORDS[${index}]}`;
}

/** zsh reads bash's. */
export function zshScript(commands: Commands): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(commands)}`;
}

export function fishScript(commands: Commands): string {
  const first = '-n __fish_use_subcommand';
  const lines = [...commands].flatMap(([name, flags]) => [
    `complete -c dvc-injector -f ${first} -a ${name}`,
    ...flags.map((flag) => fishFlag(name, flag)),
  ]);
  const shell = `complete -c dvc-injector -f -n '__fish_seen_subcommand_from completion' -a '${shells}'`;
  return [...lines, shell, ''].join('\n');
}

function fishFlag(command: string, { flag, takesValue, isFile }: CompletedFlag): string {
  const name = flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
  const value = takesValue ? (isFile ? ' -r -F' : ' -x') : ' -f';
  return `complete -c dvc-injector -n '__fish_seen_subcommand_from ${command}' ${name}${value}`;
}
