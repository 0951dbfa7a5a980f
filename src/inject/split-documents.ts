/** Splits a stream of manifests as kubectl does, so that documents without a pod to inject stay byte for byte as they are. */

/** A stream that kubectl would not take either; the message is one sentence. */
export class UnreadableManifest extends Error {
  override readonly name = 'UnreadableManifest';
  /** 1-based, in the whole input. */
  readonly line: number;

  constructor(line: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.line = line;
  }
}

/** One piece of the stream; the pieces' texts joined are the stream. */
export interface Piece {
  text: string;
  /** Line of the input on which the piece begins, 1-based. */
  line: number;
  /** A `---` line, or what stands between two of them. */
  kind: 'separator' | 'document';
}

/**
 * Cuts at lines that begin with `---`, behind which only white space and a comment may stand: this is the rule of
 * YAMLReader in Kubernetes' apimachinery, which knows no other YAML marker.
 * @throws {UnreadableManifest}
 */
export function splitDocuments(text: string): Piece[] {
  const pieces: Piece[] = [];
  let line = 1;
  // No m flag: to it a line separator (U+2028) within a string begins a line, too.
  for (const part of text.split(/(?<=^|\n)(---[^\n]*(?:\n|$))/)) {
    const isSeparator = part.startsWith('---');
    if (isSeparator && !/^---\s*(?:#|$)/.test(part)) {
      throw new UnreadableManifest(
        line,
        'a line that begins with --- must hold nothing else but a comment; put the document below it',
      );
    }
    if (part !== '') pieces.push({ text: part, line, kind: isSeparator ? 'separator' : 'document' });
    line += part.split('\n').length - 1;
  }
  return pieces;
}
