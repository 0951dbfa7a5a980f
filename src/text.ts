/** Keeps our sentences printable: the API server drops a warning that holds control characters, and people read one line. */

const warningLength = 256;
const denialLength = 2048;

/** The text on one line: control characters and line breaks become spaces. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters being replaced
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ').trim();
}

/** A warning as `kubectl` can print it: one line of at most 256 characters. */
export function warningText(text: string): string {
  return clipped(oneLine(text), warningLength);
}

/** A denial: one line, which no name of a hostile pod can blow up to megabytes. */
export function denialText(text: string): string {
  return clipped(oneLine(text), denialLength);
}

function clipped(line: string, length: number): string {
  // Half a surrogate pair at the cut would be no valid text.
  return line.length <= length ? line : `${line.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
