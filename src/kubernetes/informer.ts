/**
 * An informer that never gives up: it lists and watches some objects of the cluster and keeps them in memory. The client's
 * ListWatch stops after most errors and after a failed list, and then silently holds what it last saw; this starts a new
 * one, with back-off, for as long as we run.
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

/** Which objects are watched, and what is called on their events. The callbacks must not throw. */
export interface InformerOptions<T extends KubernetesObject> {
  kubeConfig: KubeConfig;
  /** The collection's path, as `/api/v1/persistentvolumeclaims`. */
  path: string;
  /** Lists the objects with the same selectors. */
  list: () => Promise<KubernetesListObject<T>>;
  labelSelector?: string;
  fieldSelector?: string;
  /** Called with each object that appears or changes. */
  onChange?: (object: T) => void;
  /** Called with each object that vanishes, also with one that vanished while the watch was interrupted. */
  onDelete?: (object: T) => void;
  /** Called once, when the first list is complete and the objects can be read. */
  onSync?: () => void;
  log: Logger;
  /** The right that this needs, logged when the API server refuses: `list and watch on …`. */
  needs: string;
}

/** The objects as they were last seen. After an interruption they are out of date until the new list is complete. */
export interface Informer<T> {
  get(name: string, namespace?: string): T | undefined;
  list(): readonly T[];
  /** True once a first list was complete. It stays true through interruptions: an old view is better than none. */
  synced(): boolean;
  stop(): void;
}

const firstRetry = 500;
const slowestRetry = 30_000;

/** Starts at once; returns before the first list is complete. */
export function startInformer<T extends KubernetesObject>(options: InformerOptions<T>): Informer<T> {
  /** The one that is running, or waits for its first list. */
  let current: ListWatch<T> | undefined;
  /** The latest one whose first list was complete: what readers see. */
  let synced: ListWatch<T> | undefined;
  let failures = 0;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const start = () => {
    const started = performance.now();
    /** Objects from before an interruption that the new list has not shown; at its end they are the deleted ones. */
    const unconfirmed = new Map((synced?.list() ?? []).map((object) => [nameOf(object), object]));
    const listWatch: ListWatch<T> = makeListWatch(options, () => publish(listWatch, unconfirmed));
    current = listWatch;
    const changed = (object: T) => {
      unconfirmed.delete(nameOf(object));
      options.onChange?.(object);
    };
    listWatch.on('add', changed);
    listWatch.on('update', changed);
    listWatch.on('delete', (object: T) => options.onDelete?.(object));
    let ended = false;
    const restart = (error: unknown) => {
      if (ended || stopped) return;
      ended = true;
      void listWatch.stop();
      // A complete list is no sign of health, as the right to watch may be missing; having run for a while is one.
      failures = performance.now() - started > slowestRetry ? 1 : failures + 1;
      const delay = backOff(failures, firstRetry, slowestRetry);
      logInterruption(options, error, Math.round(delay));
      timer = setTimeout(start, delay);
    };
    listWatch.on('error', restart);
    listWatch.start().catch(restart);
  };

  const publish = (listWatch: ListWatch<T>, unconfirmed: ReadonlyMap<string, T>) => {
    if (stopped || listWatch !== current || synced === listWatch) return;
    const isFirst = synced === undefined;
    synced = listWatch;
    if (isFirst) options.onSync?.();
    for (const object of unconfirmed.values()) options.onDelete?.(object);
  };

  start();
  return {
    get: (name, namespace) => synced?.get(name, namespace),
    list: () => synced?.list() ?? [],
    synced: () => synced !== undefined,
    stop() {
      stopped = true;
      clearTimeout(timer);
      void current?.stop();
    },
  };
}

function makeListWatch<T extends KubernetesObject>(options: InformerOptions<T>, onListed: () => void): ListWatch<T> {
  const list = async () => {
    const listed = await options.list();
    // ListWatch takes in the items right after this promise resolves; only then can they be read from it.
    setImmediate(onListed);
    return listed;
  };
  const watch = new SafeWatch(options.kubeConfig);
  return new ListWatch<T>(options.path, watch, list, false, options.labelSelector, options.fieldSelector);
}

/**
 * Reports also a watch that can't even begin (an unreadable token) by the callback `done`. ListWatch handles only that, and
 * a rejected promise would be an unhandled rejection, which ends the process.
 */
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

type Source = Pick<InformerOptions<KubernetesObject>, 'path' | 'log' | 'needs'>;

/** A list fails with the client's ApiException, a watch with a bare status. */
function logInterruption({ path, log, needs }: Source, error: unknown, retryMs: number): void {
  const failure = apiFailure(error);
  const code = (error as { statusCode?: unknown } | null)?.statusCode ?? failure.code;
  const refused = code === 403 ? { needs } : {};
  log.warn({ path, cause: failure.message, code, ...refused, retryMs }, 'a watch was interrupted');
}
