/** Objects that are absent or wrong at an S3 server, or become so on the way: never published, and the object is named. */
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import * as objects from '../../support/dataset/objects.ts';
import { makePlace } from '../../support/fetch/fetcher.ts';
import { fails } from '../../support/fetch/outcome.ts';
import type { FaultyReply } from '../../support/s3/fault.ts';
import { type S3Scene, spoilt, startS3Scene } from '../../support/s3/faulty-dataset.ts';

let makeFixture: S3Scene;
before(async () => {
  makeFixture = await startS3Scene();
});
after(() => makeFixture?.[Symbol.asyncDispose]());

const path = spoilt.replace('.', '\\.');
const lacksIt = new RegExp(
  `lacks the object [0-9a-f]{32} of "${path}": delete files/md5/[0-9a-f]{2}/[0-9a-f]{30}\\.dir at the remote, .* then run dvc push`,
);
const damaged = new RegExp(`the object [0-9a-f]{32} of "${path}" .* is damaged: delete it there and run dvc push`);
const lacksList = /lacks the dataset's object [0-9a-f]{32}\.dir: run dvc push/;
const listDamaged = /the dataset's object [0-9a-f]{32}\.dir .* is damaged: its bytes don't match its hash/;

const stored: { title: string; damage(): () => void; exitCode: number; sentence: RegExp }[] = [
  {
    title: 'an object was deleted',
    damage: () => makeFixture.dataset.removeObject(spoilt),
    exitCode: 66,
    sentence: lacksIt,
  },
  {
    title: 'an object has other bytes',
    damage: () => makeFixture.dataset.corruptObject(spoilt),
    exitCode: 65,
    sentence: damaged,
  },
  {
    title: 'an object is truncated',
    damage: () => makeFixture.dataset.truncateObject(spoilt),
    exitCode: 65,
    sentence: damaged,
  },
  {
    title: 'an object is empty',
    damage: () => emptied(makeFixture.dataset.objectPath(spoilt)),
    exitCode: 65,
    sentence: damaged,
  },
  {
    title: 'the list of files was deleted',
    damage: () => damageList(objects.removeObject),
    exitCode: 66,
    sentence: lacksList,
  },
  {
    title: 'the list of files has other bytes',
    damage: () => damageList(objects.corruptObject),
    exitCode: 65,
    sentence: listDamaged,
  },
  {
    title: 'the list of files is truncated',
    damage: () => damageList(objects.truncateObject),
    exitCode: 65,
    sentence: listDamaged,
  },
];

function damageList(damage: typeof objects.removeObject): () => void {
  return damage(makeFixture.dataset.dirObjectPath(), makeFixture.s3.adopt);
}

function emptied(file: string): () => void {
  const restore = objects.truncateObject(file, makeFixture.s3.adopt);
  writeFileSync(file, '');
  makeFixture.s3.adopt(file);
  return restore;
}

for (const { title, damage, exitCode, sentence } of stored) {
  test(`${title}: ${exitCode} that names it, and once it is pushed again the next run succeeds`, async () => {
    await using place = await makePlace();
    const restore = damage();
    try {
      await fails(place, makeFixture.reference, exitCode, sentence, makeFixture.good);
    } finally {
      restore();
    }
    await makeFixture.recovers(place);
  });
}

const onTheWay: { title: string; reply: FaultyReply; exitCode: number; sentence: RegExp }[] = [
  { title: '404 on one object', reply: { reply: 404 }, exitCode: 66, sentence: lacksIt },
  {
    title: 'a body that is shorter, as its Content-Length says',
    reply: { shortenTo: 1000 },
    exitCode: 65,
    sentence: damaged,
  },
  {
    title: 'a body that is compressed, as its Content-Encoding says',
    reply: { compress: 'gzip' },
    exitCode: 65,
    sentence: damaged,
  },
];

for (const { title, reply, exitCode, sentence } of onTheWay) {
  test(`${title}: ${exitCode} that names the object, and once it is right the next run succeeds`, async () => {
    await using place = await makePlace();
    const undo = makeFixture.inject({ when: makeFixture.oneObject, ...reply });
    try {
      await fails(place, makeFixture.reference, exitCode, sentence, makeFixture.good);
    } finally {
      undo();
    }
    await makeFixture.recovers(place);
  });
}
