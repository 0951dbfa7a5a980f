/** Reads a manifest as kubectl does, and prints it as its author wrote it except for what was changed. */
import {
  type Document,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseAllDocuments,
  visit,
} from 'yaml';
import { kubectlTags } from './kubectl-scalars.ts';
import { type Piece, UnreadableManifest } from './split-documents.ts';

/**
 * The document of one piece with comments, anchors and the source of every scalar; null where it holds only comments.
 * @throws {UnreadableManifest} with the line in the whole input
 */
export function readDocument(piece: Piece): Document.Parsed | null {
  const lineCounter = new LineCounter();
  const options = { lineCounter, prettyErrors: false, keepSourceTokens: true, logLevel: 'error' } as const;
  const schema = { schema: 'failsafe', customTags: () => kubectlTags, resolveKnownTags: false } as const;
  const documents = [...parseAllDocuments<ParsedNode>(readable(piece.text), { ...options, ...schema })];
  const lineOf = (offset: number) => piece.line + Math.max(lineCounter.linePos(offset).line, 1) - 1;
  for (const { errors } of documents) {
    const [error] = errors;
    if (error) throw new UnreadableManifest(lineOf(error.pos[0]), error.message, { cause: error });
  }
  const [document, second] = documents;
  if (second) {
    throw new UnreadableManifest(
      lineOf(second.range[0]),
      'a second document begins without a line of --- before it, and kubectl would ignore it',
    );
  }
  return document?.contents ? document : null;
}

/**
 * Tabs may indent JSON, which kubectl gives to a JSON parser, but not YAML. Nothing but white space is changed: JSON has
 * no raw tab in a string.
 */
function readable(text: string): string {
  return isJson(text) ? text.replaceAll('\t', ' ') : text.replace(/^\uFEFF/, '');
}

/** Whether the piece is one JSON object. */
function isJson(text: string): boolean {
  if (!text.trimStart().startsWith('{')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The document as text: in the indentation and with the line ends of `source`, which it was read from. JSON becomes block YAML. */
export function printDocument(document: Document.Parsed, source: string): string {
  const layout = isJson(source) ? makeBlockStyle(document) : layoutOf(document, source);
  visit(document, {
    Collection(_, node) {
      // In block style the package prints an empty list as [] where no parser accepts it.
      if (node.items.length === 0) node.flow = true;
    },
  });
  const text = document.toString({
    lineWidth: 0, // what is folded differently is the same to kubectl, but not to a reader of the difference
    flowCollectionPadding: !/[{[][^\s{}[\]]/.test(source),
    ...layout,
  });
  const endings = /^[^\n]*\r\n/.test(source) ? '\r\n' : '\n';
  return (source.startsWith('\uFEFF') ? '\uFEFF' : '') + text.replaceAll('\n', endings);
}

interface Layout {
  indent: number;
  /** Whether a list below a key is indented more than the key. */
  indentSeq: boolean;
}

/** The layout of the first map and the first list in `source`. */
function layoutOf(document: Document.Parsed, source: string): Layout {
  let indent: number | undefined;
  let indentSeq: boolean | undefined;
  const column = (offset: number) => offset - (source.lastIndexOf('\n', offset - 1) + 1);
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key) || !key.range || !isCollection(value) || !value.range || value.flow) return;
      const distance = column(value.range[0]) - column(key.range[0]);
      if (isMap(value) && distance > 0) indent ??= distance;
      if (isSeq(value)) indentSeq ??= distance > 0;
    },
  });
  return { indent: indent ?? 2, indentSeq: indentSeq ?? true };
}

function makeBlockStyle(document: Document.Parsed): Layout {
  visit(document, {
    Collection(_, node) {
      node.flow = false;
    },
    Scalar(_, node) {
      if (typeof node.value === 'string') delete node.srcToken;
    },
  });
  return { indent: 2, indentSeq: false };
}
