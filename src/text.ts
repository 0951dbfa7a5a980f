/** Keeps our sentences printable: the API server drops a warning that holds control characters, and people read one line. */

const warningLength = 256;
const denialLength = 2048;

// Ranges within `[…]` of an expression. ASCII's control characters below the space;
const low = '\\u0000-\\u001f';
// the others of Unicode, and what ends a line for one program or another: to Python U+0085, U+2028 and U+2029 do;
const high = '\\u007f-\\u009f\\u2028\\u2029';
// and what turns text around, so that it reads as something else.
const directions = '\\u202a-\\u202e\\u2066-\\u2069';

const asciiControl = new RegExp(`[${low}\\u007f]`);
const control = new RegExp(`[${low}${high}]`);
const unprintable = new RegExp(`[${low}${high}${directions}]+`, 'g');
const unprintableInJson = new RegExp(`[${high}${directions}]`, 'g');

/** True where the text holds a control character of ASCII, which no path and no password needs. */
export function hasAsciiControl(text: string): boolean {
  return asciiControl.test(text);
}

/** True where the text holds a control character of any kind, or what some program takes for the end of a line. */
export function hasControl(text: string): boolean {
  return control.test(text);
}

/** The text on one line: control characters, line breaks and what turns text around become spaces. */
export function oneLine(text: string): string {
  return text.replaceAll(unprintable, ' ').trim();
}

/** A line of JSON with escapes for what JSON leaves as it is and a terminal obeys; such stands within strings only. */
export function escapedJson(line: string): string {
  return line.replaceAll(unprintableInJson, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The text, cut to at most `length` UTF-16 units, of which the last is then an ellipsis. */
export function clipped(text: string, length: number): string {
  // Half a surrogate pair at the cut would be no valid text.
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** A warning as `kubectl` can print it: one line of at most 256 characters. */
export function warningText(text: string): string {
  return clipped(oneLine(text), warningLength);
}

/** A denial: one line, which no name of a hostile pod can blow up to megabytes. */
export function denialText(text: string): string {
  return clipped(oneLine(text), denialLength);
}
