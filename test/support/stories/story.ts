/** A test of the whole: when it fails, what the cluster knows is written down before anything is cleaned up. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { keepCluster } from './keep.ts';
import { theStage } from './stage.ts';
import { makeTeam, type Team, type TeamOptions } from './team.ts';

/** Makes namespaces that end with the story. */
export type MakeTeam = (name: string, options?: TeamOptions) => Promise<Team>;

/** Long: on a small machine under load nothing is late, only slow. */
const timeout = 15 * 60_000;

let [told, asked, passed] = [0, 0, 0];

/**
 * Registers the stories of one file by importing it.
 * @throws {Error} where it tells none: such a file would prove nothing and look well
 */
export async function tell(file: string): Promise<void> {
  const before = told;
  await import(file);
  if (told === before) throw new Error(`${file} tells no story`);
}

/**
 * Call it after the last story: fails the run unless all that were asked for have passed in the end.
 * @throws {Error} where none is asked for
 */
export function expectAllPassed(): void {
  if (asked === 0) throw new Error(`no story's title matches ${theStage().only}`);
  after(() => assert.equal(passed, asked, `${passed} stories have passed, and ${asked} were asked for`));
}

/** Says that the stories of a file can't be told here, and why; a run on a node of its own leaves none out. */
export function leaveOut(title: string, reason: string): void {
  if (theStage().node !== undefined) throw new Error(`${title} is left out though the node is ours`);
  told += 1;
  test(title, { skip: reason });
}

/** Registers a story; one that this run is not asked for is left out. */
export function story(title: string, play: (makeTeam: MakeTeam) => Promise<void>): void {
  told += 1;
  if (!(theStage().only?.test(title) ?? true)) return;
  asked += 1;
  test(title, { timeout }, async () => {
    const teams: Team[] = [];
    try {
      await play(async (name, options) => {
        const team = await makeTeam(name, options);
        teams.push(team);
        return team;
      });
      passed += 1;
    } catch (error) {
      await keepCluster(title);
      throw error;
    } finally {
      for (const team of teams) await team.end();
    }
  });
}
