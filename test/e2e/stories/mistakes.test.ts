/** Mistakes that only the init container can find: what an author sees of them, and that a new pod then works. */
import assert from 'node:assert/strict';
import { initStatus, untilEnded, untilPod } from '../../support/stories/pods.ts';
import { theStage } from '../../support/stories/stage.ts';
import { story } from '../../support/stories/story.ts';
import type { Team } from '../../support/stories/team.ts';
import { listFiles, pod } from '../../support/stories/workloads.ts';

const { sources, volumes } = theStage();

/** Creates a pod that has to fail, and what kubectl says of it. */
async function failing(
  team: Team,
  name: string,
  reference: string,
): Promise<{ exitCode: number; describe: string; logs: string }> {
  await team.createPod(pod(name, reference, listFiles));
  const failed = await untilPod(team, name, 'has failed', ({ status }) => status?.phase === 'Failed');
  const ending = initStatus(failed)?.state?.terminated;
  assert.equal(failed.status?.containerStatuses?.[0]?.state?.running, undefined, 'training never began');
  const { stdout: describe } = await team.kubectl(['describe', 'pod', name], { check: true });
  const { stdout: logs } = await team.kubectl(['logs', name, '-c', 'dvc-fetch'], { check: true });
  return { exitCode: ending?.exitCode ?? 0, describe, logs };
}

async function succeeding(team: Team, name: string, reference: string): Promise<void> {
  await team.createPod(pod(name, reference, listFiles));
  const ended = await untilEnded(team, name);
  assert.equal(ended.status?.phase, 'Succeeded');
}

interface Mistake {
  exitCode: number;
  says: RegExp;
}

async function assertSaid(team: Team, name: string, reference: string, { exitCode, says }: Mistake): Promise<void> {
  const failure = await failing(team, name, reference);
  assert.equal(failure.exitCode, exitCode, failure.logs);
  assert.match(failure.describe.replaceAll(/\s+/g, ' '), says); // kubectl wraps
  assert.match(failure.logs, says);
}

story(
  'a commit that does not exist: describe and logs name it and say what to do, and the right one works',
  async (makeTeam) => {
    const team = await makeTeam('wrong-sha');
    const wrong = sources.reference('train-small', '0123456789abcdef0123456789abcdef01234567');
    const says =
      /has no commit 0123456789abcdef0123456789abcdef01234567: push it, or write the sha of one that is pushed/;
    await assertSaid(team, 'wrong', wrong, { exitCode: 66, says });
    await succeeding(team, 'right', sources.reference('train-small'));
  },
);

story(
  'a split that the commit lacks: describe and logs name those that it has, and one of them works',
  async (makeTeam) => {
    const team = await makeTeam('missing-split');
    const says = /the commit has no list data-split\/trian; it has .*train-small/;
    await assertSaid(team, 'wrong', sources.reference('trian'), { exitCode: 66, says });
    await succeeding(team, 'right', sources.reference('train-small'));
  },
);

story('a Secret that is missing: describe and logs name it, and once it is there a new pod works', async (makeTeam) => {
  const team = await makeTeam('missing-secret', { secrets: false });
  const reference = sources.reference('train-small');
  await assertSaid(team, 'no-login', reference, { exitCode: 77, says: /dvc\.io\/git-secret.*dvc-git-credentials/ });
  await team.createGitSecret();
  await assertSaid(team, 'no-keys', reference, {
    exitCode: 77,
    says: /dvc\.io\/remote-secret.*dvc-remote-credentials/,
  });
  await team.createRemoteSecret();
  await succeeding(team, 'right', reference);
});

story(
  'a volume whose root belongs to root with mode 0755: exit code 74, and the sentence says how to mend it',
  async (makeTeam) => {
    const team = await makeTeam('bare', { volume: { owner: 0, mode: '755' } });
    const reference = sources.reference('train-small');
    const says = /the volume's folder \S+ is not writable for UID 65532, GID 65532: .*chown/;
    await assertSaid(team, 'bare', reference, { exitCode: 74, says });
    await volumes.run(`chown 65532:65532 ${team.namespace}; chmod 2775 ${team.namespace}`);
    await succeeding(team, 'mended', reference);
  },
);
