import { useEffect, useMemo, useRef, useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import { maestroApiRef } from '../../api/maestroApi';
import { windowEnd, type LogRow, type LogWindow } from './logWindow';
import { rowHas } from './recordRows';
import { searchLog } from './searchLog';

/** Bytes before a match that is jumped to: where it stands in context. */
const CONTEXT = 2_048;

/** @internal */
export interface LogSearch {
  text: string;
  setText(text: string): void;
  /** Row that the search stands on. */
  current?: number;
  /** Matches in the window, and the place of the current one, from 1. */
  count: number;
  place?: number;
  next(): void;
  previous(): void;
  /** Counts moves, so that the same row can be gone to again. */
  moves: number;
  /** What a search beyond the window is doing or found. */
  note?: string;
  searching: boolean;
  stop(): void;
}

/**
 * Search in a log: in the window at once, and from its last match on through
 * the rest of the log, page by page.
 */
export function useLogSearch(options: {
  attemptId: string;
  rows: readonly LogRow[];
  log: LogWindow;
  /** Whether a page of the log is there. */
  ready: boolean;
  /** Whether rows are shown as they were written. */
  isRaw: boolean;
  jump: (offset: number) => Promise<void>;
}): LogSearch {
  const { attemptId, rows, log, ready, isRaw, jump } = options;
  const api = useApi(maestroApiRef);
  const [text, setText] = useState('');
  const [key, setKey] = useState<string>();
  const [moves, setMoves] = useState(0);
  const [note, setNote] = useState<string>();
  const abort = useRef<AbortController>();
  // After a jump the first match of the new window is the one looked for.
  const landing = useRef(false);
  // Asked for before there was anything to look in.
  const isAsked = useRef(false);

  const matches = useMemo(() => {
    const wanted = text.toLocaleLowerCase();
    if (!wanted) {
      return [];
    }
    const found: number[] = [];
    rows.forEach((row, index) => {
      if (rowHas(row, wanted, isRaw)) {
        found.push(index);
      }
    });
    return found;
  }, [rows, text, isRaw]);

  const stop = () => {
    abort.current?.abort();
    abort.current = undefined;
  };
  useEffect(() => () => abort.current?.abort(), []);

  const goTo = (index: number) => {
    setKey(rows[index].key);
    setMoves(count => count + 1);
  };
  useEffect(() => {
    if (landing.current && matches.length > 0) {
      landing.current = false;
      goTo(matches[0]);
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [matches]);

  const currentIndex =
    key === undefined ? undefined : rows.findIndex(row => row.key === key);
  const current =
    currentIndex !== undefined && currentIndex >= 0 ? currentIndex : undefined;
  const place = current === undefined ? -1 : matches.indexOf(current);

  const searchOn = async (from: number) => {
    stop();
    const controller = new AbortController();
    abort.current = controller;
    const mib = (bytes: number) => (bytes / 1_048_576).toFixed(1);
    setNote('searching…');
    try {
      const found = await searchLog({
        text,
        orText: isRaw ? undefined : JSON.stringify(text).slice(1, -1),
        from,
        read: (offset, limit) =>
          api.readLog(attemptId, { offset, limit }, controller),
        onProgress: at =>
          setNote(`searched ${mib(at)} of ${mib(log.size)} MiB`),
      });
      if (controller.signal.aborted) {
        return;
      }
      setNote(found ? undefined : 'not found further down');
      if (found) {
        landing.current = true;
        await jump(Math.max(0, found.offset - CONTEXT));
      }
    } catch (error) {
      setNote(controller.signal.aborted ? 'stopped' : (error as Error).message);
    } finally {
      if (abort.current === controller) {
        abort.current = undefined;
      }
    }
  };

  const next = () => {
    if (!text || abort.current) {
      return;
    }
    if (!ready) {
      isAsked.current = true;
      setNote('searching…');
      return;
    }
    setNote(undefined);
    const after = matches.find(index => index > (current ?? -1));
    if (after !== undefined) {
      goTo(after);
    } else if (windowEnd(log) < log.size) {
      searchOn(windowEnd(log));
    } else if (matches.length > 0) {
      setNote('from the top of what is loaded');
      goTo(matches[0]);
    } else {
      setNote('not found');
    }
  };
  // After each rendering: the rows that it looks in are those of this one.
  useEffect(() => {
    if (ready && isAsked.current) {
      isAsked.current = false;
      next();
    }
  });
  const previous = () => {
    const earlier = [...matches]
      .reverse()
      .find(index => index < (current ?? rows.length));
    if (earlier !== undefined) {
      setNote(undefined);
      goTo(earlier);
    } else {
      setNote('no match above in what is loaded');
    }
  };

  return {
    text,
    setText(value) {
      stop();
      isAsked.current = false;
      setNote(undefined);
      setKey(undefined);
      setText(value);
    },
    current,
    count: matches.length,
    place: place >= 0 ? place + 1 : undefined,
    next,
    previous,
    moves,
    note,
    searching: abort.current !== undefined,
    stop,
  };
}
