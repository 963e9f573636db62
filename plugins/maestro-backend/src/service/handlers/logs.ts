import { ok, type OperationHandlers } from '../operation';
import { sendStream } from '../sendStream';
import type { HandlerContext } from './HandlerContext';

/** Logs of attempts, as text and as bytes. */
export function logHandlers({
  logs,
}: HandlerContext): Pick<OperationHandlers, 'readLog' | 'downloadLog'> {
  return {
    readLog: async ({ path, query }) =>
      ok(
        await logs.readPage(path.attemptId, {
          offset: query.offset ?? 0,
          limit: query.limit ?? 256 * 1024,
        }),
      ),

    downloadLog: async ({ path, query }) => ({
      write: async res => {
        // Asked before the bytes are read: what comes in between makes the
        // answer too careful, never wrong.
        const { end } = await logs.read(path.attemptId, {
          offset: -1,
          limit: 1,
        });
        const stream = await logs.stream(path.attemptId, query.offset ?? 0);
        await sendStream(res, stream, {
          'Content-Type': 'application/octet-stream',
          // The id was found in the store, so it is a UUID and needs no quoting.
          'Content-Disposition': `attachment; filename="${path.attemptId}.log"`,
          'Cache-Control': 'private, no-cache',
          'X-Content-Type-Options': 'nosniff',
          'Access-Control-Expose-Headers': 'maestro-log-end',
          'maestro-log-end': String(end),
        });
      },
    }),
  };
}
