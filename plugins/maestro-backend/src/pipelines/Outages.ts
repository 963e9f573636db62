import type { LoggerService } from '@backstage/backend-plugin-api';

/** What is wrong outside, by who: told once, and once when it is over. */
export class Outages {
  private readonly current = new Set<string>();

  constructor(private readonly logger: LoggerService) {}

  begin(who: string, message: string): void {
    if (this.current.has(who)) return;
    this.current.add(who);
    this.logger.warn(message);
  }

  /** It is of nobody's concern any more. */
  forget(who: string): void {
    this.current.delete(who);
  }

  end(who: string): void {
    if (!this.current.delete(who)) return;
    this.logger.info(`Reading works again: ${who}`);
  }
}
