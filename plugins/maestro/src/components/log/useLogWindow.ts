import { useCallback, useEffect, useRef, useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import type { LogPage } from '@maestro/plugin-maestro-common';
import { maestroApiRef } from '../../api/maestroApi';
import {
  appendPage,
  EMPTY_WINDOW,
  PAGE_BYTES,
  prependPage,
  windowAt,
  windowEnd,
  windowStart,
  type LogWindow,
} from './logWindow';

/** Pause between two questions while the log grows, in milliseconds. */
const LIVE = 500;

/** Pause after an answer that failed. */
const AFTER_ERROR = 2_000;

/** @internal */
export interface LogView {
  window: LogWindow;
  /** Whether anything has been read. */
  ready: boolean;
  error?: Error;
  /** Reads what is before the window. */
  loadBefore(): void;
  /** Reads what is after it. */
  loadAfter(): void;
  /** Begins anew at a byte offset; negative counts from the end. */
  jump(offset: number): Promise<void>;
}

/**
 * A window onto the log of an attempt, which grows while the log does as long
 * as it ends where the log ends.
 *
 * @param start - byte offset to begin at; negative counts from the end
 */
export function useLogWindow(attemptId: string, start: number): LogView {
  const api = useApi(maestroApiRef);
  const [window, setWindow] = useState<LogWindow>(EMPTY_WINDOW);
  const [ready, setReady] = useState(false);
  const [error, setError] = useState<Error>();
  // The newest window, for answers that arrive between two renderings.
  const latest = useRef(window);
  const abort = useRef<AbortController>();
  const busy = useRef(false);

  const put = useCallback((next: LogWindow) => {
    latest.current = next;
    setWindow(next);
  }, []);

  /** One question at a time: pages must follow each other. */
  const ask = useCallback(
    async (
      query: { offset: number; limit: number },
      take: (page: LogPage) => void,
    ) => {
      const signal = abort.current?.signal;
      busy.current = true;
      try {
        const page = await api.readLog(attemptId, query, { signal });
        if (!signal?.aborted) {
          setError(undefined);
          take(page);
        }
      } catch (caught) {
        if (!signal?.aborted) {
          setError(caught as Error);
        }
      } finally {
        if (!signal?.aborted) {
          busy.current = false;
        }
      }
    },
    [api, attemptId],
  );

  const jump = useCallback(
    async (offset: number) => {
      abort.current?.abort();
      abort.current = new AbortController();
      await ask({ offset, limit: PAGE_BYTES }, page => {
        put(windowAt(page));
        setReady(true);
      });
    },
    [ask, put],
  );

  useEffect(() => {
    put(EMPTY_WINDOW);
    setReady(false);
    setError(undefined);
    jump(start);
    return () => abort.current?.abort();
    // The attempt's log begins where it is opened; a later `start` (the
    // attempt ended meanwhile) must not move the reader.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [attemptId, jump, put]);

  const loadAfter = useCallback(() => {
    const { current } = latest;
    if (busy.current || current.end) {
      return Promise.resolve();
    }
    return ask({ offset: windowEnd(current), limit: PAGE_BYTES }, page =>
      put(appendPage(latest.current, page)),
    );
  }, [ask, put]);

  const loadBefore = useCallback(() => {
    const from = windowStart(latest.current);
    if (busy.current || from === 0) {
      return;
    }
    const offset = Math.max(0, from - PAGE_BYTES);
    ask({ offset, limit: from - offset }, page =>
      put(prependPage(latest.current, page)),
    );
  }, [ask, put]);

  const atTail = ready && !window.end && windowEnd(window) >= window.size;
  useEffect(() => {
    if (!atTail && !(error && !ready)) {
      return undefined;
    }
    let stopped = false;
    let timer: ReturnType<typeof setTimeout>;
    const again = () => {
      timer = setTimeout(
        async () => {
          await (ready ? loadAfter() : jump(start));
          if (!stopped) again();
        },
        error ? AFTER_ERROR : LIVE,
      );
    };
    again();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [atTail, Boolean(error), ready, loadAfter, jump]);

  return { window, ready, error, loadBefore, loadAfter, jump };
}
