/** Damaged reviews against the real application: never a crash, a hang or an answer that isn't one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendDamaged } from '../../support/fuzz/send-damaged.ts';
import { startApp } from '../../support/webhook/app.ts';

const rounds = 20_000;

test(`${rounds} damaged reviews are each answered: by a valid review with their uid, or by a sentence`, {
  timeout: 240_000,
}, async (t) => {
  const seed = Number(process.env.DVC_INJECTOR_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`DVC_INJECTOR_FUZZ_SEED=${seed}`);
  await using app = await startApp();
  const seen = await sendDamaged(app.url, { rounds, seed, namespace: 'team-a' });
  t.diagnostic(JSON.stringify(seen));
  assert.ok(
    Object.values(seen).every((count) => count > rounds / 100),
    'every kind of answer was seen often',
  );
  const metrics = await app.metrics.registry.metrics();
  assert.match(metrics, /\{decision="deny",reason="internal-error"\} 0\n/, app.log().match(/.*"err".*/)?.[0]);
});
