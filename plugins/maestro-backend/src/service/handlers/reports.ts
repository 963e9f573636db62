import { findReport } from '../../views/findReport';
import type { OperationHandlers } from '../operation';
import { sendStream } from '../sendStream';
import type { HandlerContext } from './HandlerContext';

/**
 * Reports are written by tasks, so they are hostile until shown otherwise:
 * nothing in them runs, nothing is loaded, and a browser that opens one by its
 * address gives it an origin of its own.
 */
const REPORT_POLICY =
  "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const CONTENT_TYPE =
  /^[\w.+-]{1,100}\/[\w.+-]{1,100}(; ?charset=[\w-]{1,40})?$/i;

/** Reports of tasks. */
export function reportHandlers({
  views,
  artifacts,
}: HandlerContext): Pick<OperationHandlers, 'getReport'> {
  return {
    getReport: async ({ path, query }) => ({
      write: async res => {
        const { location, contentType } = await findReport(views, {
          runId: path.runId,
          taskId: query.taskId,
          mapIndex: query.mapIndex ?? -1,
          name: path.name,
        });
        const { size, stream } = await artifacts.open(location);
        await sendStream(res, stream, {
          'Content-Length': String(size),
          'Content-Type': CONTENT_TYPE.test(contentType)
            ? contentType
            : 'application/octet-stream',
          'Content-Security-Policy': REPORT_POLICY,
          'Cross-Origin-Resource-Policy': 'same-origin',
          'Cache-Control': 'private, no-cache',
          'X-Content-Type-Options': 'nosniff',
        });
      },
    }),
  };
}
