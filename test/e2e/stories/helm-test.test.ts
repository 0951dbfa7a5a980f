/** What an admin runs after the installation. */
import assert from 'node:assert/strict';
import { theStage } from '../../support/stories/stage.ts';
import { story } from '../../support/stories/story.ts';

story('helm test passes on the node', async () => {
  assert.match(await theStage().release.test(), /Phase:\s+Succeeded/);
});
