/** The addresses of servers, in the one form that every program reads alike. */
import { hostForm } from '../../dns-names.ts';

/**
 * A host, perhaps a port and a path: no password, query or backslash, nothing percent-encoded before the path. What
 * two parsers read in two ways (`https://allowed\@other/`) would be judged as one server and asked at another.
 * `scheme`, `login` and `port` are parts of the expression.
 */
export function plainAddress(scheme: string, login = '', port = ':[0-9]{1,5}'): RegExp {
  return new RegExp(`^${scheme}://${login}${hostForm}(?:${port})?(?:/[^?#\\s\\\\]*)?$`);
}
