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

let [asked, passed] = [0, 0];

/**
 * Call it after the last story: fails the run where fewer than `least` of them have passed in the end.
 * @throws {Error} where none is asked for
 */
export function expectPassed(least: number): void {
  if (asked === 0) throw new Error(`no story's title matches ${theStage().only}`);
  after(() => assert.ok(passed >= least, `${passed} stories have passed, and at least ${least} must`));
}

/** Registers a story; one that this run is not asked for is left out. */
export function story(title: string, play: (makeTeam: MakeTeam) => Promise<void>): void {
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
