import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readListPage } from '../../../../src/fetch/s3/list-page.ts';

const content = (key: string, size: number) =>
  `<Contents><Key>${key}</Key><ETag>&quot;x&quot;</ETag><Size>${size}</Size></Contents>`;

test('objects by their ids, with lengths; what DVC did not name is left out', () => {
  const rest = '1'.repeat(30);
  const xml = `<ListBucketResult><IsTruncated>false</IsTruncated>${content(`pre/files/md5/ab/${rest}`, 7)}${content(`00/${rest}.dir`, 0)}${content('files/md5/ab/short', 1)}${content('&lt;', 2)}</ListBucketResult>`;
  assert.deepEqual(readListPage(xml), {
    objects: [
      { oid: `ab${rest}`, bytes: 7 },
      { oid: `00${rest}.dir`, bytes: 0 },
    ],
    next: null,
  });
});

test('the token of the next page, which XML writes its own way', () => {
  const token = '<NextContinuationToken>a&amp;b&#x2B;&#47;=</NextContinuationToken>';
  const page = (isCut: boolean) => `<R><IsTruncated>${isCut}</IsTruncated>${token}</R>`;
  assert.equal(readListPage(page(true)).next, 'a&b+/=');
  assert.equal(readListPage(page(false)).next, null);
});
