/** What an admin runs after the installation. */
import assert from 'node:assert/strict';
import { theStage } from '../support/stage.ts';
import { story } from '../support/story.ts';

story('helm test passes on the node', async () => {
  assert.match(await theStage().release.test(), /Phase:\s+Succeeded/);
});
