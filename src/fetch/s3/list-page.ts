/** Reads a page of S3's ListObjectsV2: of its XML only what is said of objects that are named as DVC names them. */

/** An object, by the name that its content gave it. */
export interface ListedObject {
  oid: string;
  bytes: number;
}

export interface ListPage {
  objects: ListedObject[];
  /** By which the next page is asked for; null after the last one. */
  next: string | null;
}

/** DVC's keys end so, and hold nothing that XML would write otherwise; the order of the elements is the server's. */
const keyForm = /<Key>(?:[^<]*\/)?([0-9a-f]{2})\/([0-9a-f]{30}(?:\.dir)?)<\/Key>/;
const sizeForm = /<Size>([0-9]{1,15})<\/Size>/;

/** The page that S3 answered with; other objects are left out. */
export function readListPage(xml: string): ListPage {
  const objects: ListedObject[] = [];
  for (const [content] of xml.matchAll(/<Contents>[\s\S]*?<\/Contents>/g)) {
    const [, folder, rest] = keyForm.exec(content) ?? [];
    const size = sizeForm.exec(content)?.[1];
    if (folder !== undefined && size !== undefined) objects.push({ oid: `${folder}${rest}`, bytes: Number(size) });
  }
  const token = /<NextContinuationToken>([^<]+)<\/NextContinuationToken>/.exec(xml)?.[1];
  const isCut = /<IsTruncated>\s*true\s*<\/IsTruncated>/i.test(xml);
  return { objects, next: isCut && token !== undefined ? plainText(token) : null };
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function plainText(xml: string): string {
  return xml.replaceAll(/&(?:#([0-9]+)|#x([0-9a-f]+)|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[name] ?? whole;
    return String.fromCodePoint(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal));
  });
}
