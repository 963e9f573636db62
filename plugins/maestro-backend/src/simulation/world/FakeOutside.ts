import type { ResponseFacts } from '@maestro/plugin-maestro-common';
import type {
  ObjectFacts,
  OutsideRequest,
  OutsideWorld,
  S3ObjectRequest,
} from '../../engine/waits/OutsideWorld';
import type { Random } from '../Random';
import type { Incarnation } from './Incarnation';

/**
 * HTTP servers and files that answer at random: soon, late (later than the
 * lease of a look, so that it is looked twice), never with what is wanted, or
 * not at all. Sooner or later what is waited for is there.
 */
export class FakeOutside implements OutsideWorld {
  constructor(
    private readonly process: Incarnation,
    private readonly random: Random,
  ) {}

  async request(
    _request: OutsideRequest,
    signal: AbortSignal,
  ): Promise<ResponseFacts> {
    const { random } = this;
    await this.pause(signal);
    const roll = random.next();
    if (roll < 0.15) throw new Error('nothing listens there');
    return roll < 0.35
      ? { status: 503, headers: {}, body: 'not now' }
      : { status: 200, headers: {}, body: { ready: roll < 0.75, n: 2 } };
  }

  async object(): Promise<ObjectFacts | undefined> {
    await this.pause();
    return this.random.chance(0.5)
      ? { size: 3, modifiedAt: this.process.clock.now() }
      : undefined;
  }

  async s3Object(
    { bucket }: S3ObjectRequest,
    signal: AbortSignal,
  ): Promise<ObjectFacts | undefined> {
    await this.pause(signal);
    if (this.random.chance(0.2)) {
      throw new Error(`there is no bucket "${bucket}" at https://s3.test`);
    }
    return this.random.chance(0.5)
      ? { size: 3, modifiedAt: this.process.clock.now(), etag: 'e' }
      : undefined;
  }

  private pause(signal?: AbortSignal): Promise<void> {
    const ms = this.random.pick([0, 5, 300, 2_000, 9_000, 40_000]);
    return new Promise((resolve, reject) => {
      const cancel = this.process.clock.after(ms, resolve);
      signal?.addEventListener('abort', () => {
        cancel();
        reject(new Error('aborted'));
      });
    });
  }
}
