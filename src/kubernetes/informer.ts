/**
 * A cache of some objects of the cluster that never gives up. The client's ListWatch stops after most errors and after
 * a failed list, and then silently holds what it last saw; this starts a new one, with back-off, for as long as we run.
 */
import {
  type KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  ListWatch,
  Watch,
} from '@kubernetes/client-node';
import type { Logger } from 'pino';
import { backOff } from './back-off.ts';
import { apiFailure } from './failure.ts';

/** What is followed, and who is told. */
export interface Follow<T extends KubernetesObject> {
  kubeConfig: KubeConfig;
  /** The collection's path, as `/api/v1/persistentvolumeclaims`. */
  path: string;
  /** Lists them with the same selectors. */
  list: () => Promise<KubernetesListObject<T>>;
  labelSelector?: string;
  fieldSelector?: string;
  /** Told of each object that appears or changes. Must not throw. */
  changed?: (object: T) => void;
  /** Told of each object that vanishes, also of one that vanished while we were cut off. Must not throw. */
  deleted?: (object: T) => void;
  /** Told when the objects can first be read. */
  listed?: () => void;
  log: Logger;
  /** The right that following needs, named in the log when the API server refuses: `list and watch on …`. */
  needs: string;
}

/** The objects as they were last seen. After an interruption that is the past, until the new list is there. */
export interface Followed<T> {
  get(name: string, namespace?: string): T | undefined;
  list(): readonly T[];
  /** True once a first list was complete. It stays true through interruptions: an old view is better than none. */
  synced(): boolean;
  stop(): void;
}

const firstRetry = 500;
const slowestRetry = 30_000;

/** Begins to follow at once; returns before the first list is there. */
export function follow<T extends KubernetesObject>(options: Follow<T>): Followed<T> {
  let seen: ListWatch<T> | undefined;
  let current: ListWatch<T> | undefined;
  let failures = 0;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const begin = () => {
    const known = new Map((seen?.list() ?? []).map((object) => [nameOf(object), object]));
    const begun = performance.now();
    let ended = false;
    const informer: ListWatch<T> = new ListWatch<T>(
      options.path,
      new SafeWatch(options.kubeConfig),
      async () => {
        const list = await options.list();
        // ListWatch takes the items in right after this promise; only then may readers see this informer.
        setImmediate(() => takeOver(informer, known));
        return list;
      },
      false,
      options.labelSelector,
      options.fieldSelector,
    );
    current = informer;
    const changed = (object: T) => {
      known.delete(nameOf(object));
      options.changed?.(object);
    };
    informer.on('add', changed);
    informer.on('update', changed);
    informer.on('delete', (object: T) => options.deleted?.(object));
    const failed = (error: unknown) => {
      if (ended || stopped) return;
      ended = true;
      void informer.stop();
      // A list that succeeds is no sign of health (the right to watch may be missing); having lived for a while is.
      failures = performance.now() - begun > slowestRetry ? 1 : failures + 1;
      const delay = backOff(failures, firstRetry, slowestRetry);
      logInterruption(options, error, Math.round(delay));
      timer = setTimeout(begin, delay);
    };
    informer.on('error', failed);
    informer.start().catch(failed);
  };

  const takeOver = (informer: ListWatch<T>, known: Map<string, T>) => {
    if (stopped || informer !== current || seen === informer) return;
    const first = seen === undefined;
    seen = informer;
    if (first) options.listed?.();
    for (const object of known.values()) options.deleted?.(object);
  };

  begin();
  return {
    get: (name, namespace) => seen?.get(name, namespace),
    list: () => seen?.list() ?? [],
    synced: () => seen !== undefined,
    stop() {
      stopped = true;
      clearTimeout(timer);
      void current?.stop();
    },
  };
}

/** Ends by its callback also where it can't even begin (an unreadable token): ListWatch would leave that rejection to nobody. */
class SafeWatch extends Watch {
  override async watch(...[path, query, callback, done]: Parameters<Watch['watch']>): Promise<AbortController> {
    try {
      return await super.watch(path, query, callback, done);
    } catch (error) {
      done(error);
      return new AbortController();
    }
  }
}

function nameOf(object: KubernetesObject): string {
  return `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`;
}

type Following = Pick<Follow<KubernetesObject>, 'path' | 'log' | 'needs'>;

/** A list fails with the client's ApiException, a watch with a bare status. */
function logInterruption({ path, log, needs }: Following, error: unknown, retryMs: number): void {
  const failure = apiFailure(error);
  const code = (error as { statusCode?: unknown } | null)?.statusCode ?? failure.code;
  const refused = code === 403 ? { needs } : {};
  log.warn({ path, cause: failure.message, code, ...refused, retryMs }, 'a watch was interrupted');
}
