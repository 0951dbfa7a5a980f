/** The kill soak: fetchers die at random instants, volume after volume, and no promise of the design may break. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countDownloads, type Downloads } from './downloads.ts';
import type { Options } from './options.ts';
import { startPod } from './pod.ts';
import { type Served, serveDataset } from './remote.ts';
import { type Durations, runVolume, type VolumeRun } from './volume-run.ts';

export interface Soak {
  volumeRuns: VolumeRun[];
  downloads: Downloads | undefined;
  /** Each with what to run to see it again. */
  findings: string[];
}

/** So many volumes with findings say enough, and a fetcher that can't even start would never be killed. */
const enoughFailures = 5;

/** Runs the whole soak, or what `signal` leaves of it. `say` gets a line of progress now and then. What had findings is kept on disk, nothing else. */
export async function soak(options: Options, signal: AbortSignal, say: (line: string) => void): Promise<Soak> {
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-soak-'));
  const result: Soak = { volumeRuns: [], downloads: undefined, findings: [] };
  const tell = (findings: string[]) => {
    result.findings.push(...findings);
    for (const finding of findings) say(`✖ ${finding}`);
  };
  try {
    say(`making a dataset of ${options.files} files`);
    await using served = await serveDataset(options.files);
    const durations = await undisturbed(folder, served);
    say(
      `an undisturbed fetch takes ${seconds(durations.cold)}, and ${seconds(durations.warm)} on a volume with most objects`,
    );
    let kills = 0;
    for (let seed = options.seed; kills < options.kills && failed(result) < enoughFailures; seed += 1) {
      const volumeRun = await runVolume({ folder, seed, kills: options.kills - kills, served, durations, signal, say });
      kills += volumeRun.hits.length;
      result.volumeRuns.push(volumeRun);
      const again = `node test/soak/main.ts --seed ${seed} --kills ${volumeRun.hits.length} --files ${options.files} --download-kills 0`;
      tell(volumeRun.findings.map((each) => `seed ${seed}: ${each} (${volumeRun.folder}; again: ${again})`));
      say(`${kills} of ${options.kills} kills, ${result.findings.length} findings`);
    }
    if (options.downloadKills > 0) {
      const downloads = await countDownloads({ ...options, kills: options.downloadKills, folder, served, signal });
      result.downloads = downloads;
      const again = `node test/soak/main.ts --seed ${options.seed} --kills 0 --files ${options.files} --download-kills ${options.downloadKills}`;
      result.findings.push(
        ...downloads.findings.map((each) => `downloads: ${each} (${downloads.folder}; again: ${again})`),
      );
    }
    return result;
  } catch (error) {
    if (!signal.aborted) throw error;
    say((signal.reason as Error).message); // what was done until then is worth a table
    return result;
  } finally {
    if (result.findings.length === 0) rmSync(folder, { recursive: true, force: true });
  }
}

function failed({ volumeRuns }: Soak): number {
  return volumeRuns.filter((volumeRun) => volumeRun.findings.length > 0).length;
}

/** Two fetches that nobody kills: the kills' instants are chosen within the time that they take. */
async function undisturbed(folder: string, served: Served): Promise<Durations> {
  const volume = join(folder, 'undisturbed');
  const [first, second] = served.datasets;
  const cold = await timed(volume, join(folder, 'logs'), first.reference, served);
  const warm = await timed(volume, join(folder, 'logs'), second?.reference ?? first.reference, served);
  rmSync(volume, { recursive: true, force: true });
  return { cold, warm };
}

async function timed(volume: string, logs: string, reference: string, served: Served): Promise<number> {
  mkdirSync(volume, { recursive: true });
  const started = performance.now();
  await using pod = await startPod({ name: 'undisturbed', volume, logs, reference, options: served.options });
  const { exitCode, output } = await pod.running.ended;
  if (exitCode !== 0) throw new Error(`a fetch that nobody disturbed ended with ${exitCode}: ${output}`);
  return performance.now() - started;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
