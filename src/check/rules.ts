/** What repositories and servers are allowed: by the flags, and by the webhook's configuration where one is named. */
import { defaultConfig, InvalidConfig, loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { Scheme } from '../dataset/repository.ts';
import { FetchFailure } from '../fetch/failure/fetch-failure.ts';
import type { CheckFlags } from './options.ts';

export interface Rules {
  /** With the schemes of the flags. */
  config: Config;
  schemes: readonly Scheme[];
  endpoints: readonly string[];
}

/** @throws {FetchFailure} `configuration` */
export function readRules({ settings, config: file }: Pick<CheckFlags, 'settings' | 'config'>): Rules {
  const config = file === null ? defaultConfig() : load(file);
  const schemes = [...new Set([...config.repositories.schemes, ...settings.schemes])];
  const endpoints = [...new Set([...config.remotes.endpoints, ...settings.endpoints])];
  return { config: { ...config, repositories: { ...config.repositories, schemes } }, schemes, endpoints };
}

function load(file: string): Config {
  try {
    return loadConfig(file);
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error;
    throw new FetchFailure('configuration', error.message, { cause: error });
  }
}
