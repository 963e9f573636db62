import type { MaestroDatabase } from '../../database/MaestroDatabase';
import { SLICE_BYTES } from '../AttemptLog';
import type { FakeExecutor } from './logTest';

/**
 * Counts the bytes of logs that are read, stored, read back and deleted between
 * two turns of the event loop. It says for how much work everybody else waits,
 * which a clock does not: that counts the garbage of a whole test process and
 * the neighbours on the machine too.
 */
export class TurnMeter {
  /** Most bytes between two turns. */
  most = 0;
  total = 0;
  private current = 0;
  private next = setImmediate(() => this.turn());

  constructor(db: MaestroDatabase, executor: FakeExecutor) {
    const { knex } = db;
    knex.on('query', ({ bindings }) => this.add(bytesIn(bindings ?? [])));
    knex.on('query-response', (response: unknown, { sql }) => {
      if (Array.isArray(response)) {
        response.forEach(row => this.add(bytesIn(Object.values(row))));
      } else if (/^delete from .log_chunks/.test(sql)) {
        this.add((response as number) * SLICE_BYTES);
      }
    });
    const readLog = executor.readLog.bind(executor);
    executor.readLog = async (...asked) => {
      const slice = await readLog(...asked);
      this.add(slice.bytes.length);
      return slice;
    };
  }

  stop(): void {
    clearImmediate(this.next);
  }

  private add(bytes: number): void {
    this.total += bytes;
    this.current += bytes;
    this.most = Math.max(this.most, this.current);
  }

  private turn(): void {
    this.current = 0;
    this.next = setImmediate(() => this.turn());
  }
}

function bytesIn(values: readonly unknown[]): number {
  return values.reduce<number>(
    (sum, value) => sum + (Buffer.isBuffer(value) ? value.length : 0),
    0,
  );
}
