/** A test of the whole: when it fails, what the cluster knows is written down before anything is cleaned up. */
import { test } from 'node:test';
import { keepCluster } from './keep.ts';
import { makeTeam, type Team, type TeamOptions } from './team.ts';

/** Makes namespaces that end with the story. */
export type MakeTeam = (name: string, options?: TeamOptions) => Promise<Team>;

/** Long: on a small machine under load nothing is late, only slow. */
const timeout = 15 * 60_000;

export function story(title: string, play: (makeTeam: MakeTeam) => Promise<void>): void {
  test(title, { timeout }, async () => {
    const teams: Team[] = [];
    try {
      await play(async (name, options) => {
        const team = await makeTeam(name, options);
        teams.push(team);
        return team;
      });
    } catch (error) {
      await keepCluster(title);
      throw error;
    } finally {
      for (const team of teams) await team.end();
    }
  });
}
