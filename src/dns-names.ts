/** What names of objects and of hosts look like: one rule for each kind, which differ in length and in `.` and `_`. */

/** RFC 1123's label, of at most 63 characters: a namespace. Part of the chart's schema. */
export const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The name of most other objects of Kubernetes, RFC 1123's subdomain, but for its length. Part of the chart's schema. */
export const objectNameForm = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
export const longestObjectName = 253;

/** True for a name that an object of Kubernetes, such as a Secret, can have. */
export function isObjectName(text: string): boolean {
  return text.length <= longestObjectName && objectNameForm.test(text);
}

/** A server's host, as part of an expression: a name, also one with `_` as small networks have, or an IPv6 address. */
export const hostForm = '(?:[A-Za-z0-9_][A-Za-z0-9._-]*|\\[[0-9A-Fa-f:.]+\\])';
