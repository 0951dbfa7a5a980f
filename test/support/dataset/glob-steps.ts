/** Counts what a backtracking expression does for a glob, as picomatch's `[^/]*?`, `.*?` and `(a|b)` do it. */

type Token = { star: true } | { anyDepth: true } | { one: RegExp } | { alternatives: string[] };

/** How many characters and alternatives are tried before a name is matched or refused. */
export function globSteps(pattern: string, name: string): number {
  const tokens = tokensOf(pattern);
  let steps = 0;
  const match = (token: number, at: number): boolean => {
    steps += 1;
    const next = tokens[token];
    if (next === undefined) return at === name.length;
    if ('one' in next) return next.one.test(name.charAt(at)) && match(token + 1, at + 1);
    if ('alternatives' in next) {
      return next.alternatives.some((each) => name.startsWith(each, at) && match(token + 1, at + each.length));
    }
    for (let end = at; ; end += 1) {
      steps += 1;
      const whole = 'star' in next || end === 0 || end === name.length || name.charAt(end - 1) === '/';
      if (whole && match(token + 1, end)) return true;
      if (end === name.length || ('star' in next && name.charAt(end) === '/')) return false;
    }
  };
  match(0, 0);
  return steps;
}

/** `**` takes the slash behind it. */
function tokensOf(pattern: string): Token[] {
  return [
    ...pattern.matchAll(/(?<depth>\*\*\/?)|(?<star>\*)|(?<set>\[[^\]]+\]|\?)|\{(?<list>[^}]+)\}|(?<plain>.)/gu),
  ].map(({ groups = {} }): Token => {
    if (groups.depth) return { anyDepth: true };
    if (groups.star) return { star: true };
    if (groups.list) return { alternatives: groups.list.split(',') };
    if (groups.set) return { one: groups.set === '?' ? /^[^/]$/ : new RegExp(`^${groups.set.replace('[!', '[^')}$`) };
    return { alternatives: [groups.plain ?? ''] };
  });
}
