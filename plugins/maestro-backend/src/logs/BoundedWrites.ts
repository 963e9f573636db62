import { ServiceUnavailableError } from '@backstage/errors';
import type { ArtifactStore } from '../artifacts/ArtifactStore';

/** Writes that were given up and may hang for ever, at most. */
const MAX_HANGING = 8;

/**
 * Writes into a store that may hang: one that takes nothing for a while is
 * given up. It cannot be ended from here, so of each key there is only one at a
 * time, and of all together a few.
 */
export class BoundedWrites {
  /** What was given up and is not over, by key. */
  private readonly hanging = new Map<string, Promise<unknown>>();

  constructor(
    private readonly store: Pick<ArtifactStore, 'put'>,
    /** Milliseconds in which the store must take the next piece. */
    private readonly limitMs: number,
  ) {}

  /**
   * See `ArtifactStore.put`.
   *
   * @throws ServiceUnavailableError when the store takes nothing in time
   */
  async put(key: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const { hanging, limitMs } = this;
    const earlier = hanging.get(key);
    if (!earlier && hanging.size >= MAX_HANGING) {
      throw new ServiceUnavailableError(
        `The object store answers none of ${hanging.size} writes: it is asked again when one of them is over`,
      );
    }
    let timer: NodeJS.Timeout | undefined;
    let givenUp: Error | undefined;
    let tookIt = () => {};
    const inVain = new Promise<never>((_, reject) => {
      tookIt = () => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          givenUp = new ServiceUnavailableError(
            `The object store took nothing of "${key}" for ${
              limitMs / 1000
            } s (maestro.logs.writeTimeout)`,
          );
          reject(givenUp);
        }, limitMs);
      };
    });
    async function* watched() {
      for await (const part of content) {
        // So that a store that comes to itself writes no half.
        if (givenUp) throw givenUp;
        tookIt();
        yield part;
      }
      if (givenUp) throw givenUp;
      tookIt();
    }
    const write = async () => {
      await earlier;
      if (!givenUp) await this.store.put(key, watched());
    };
    tookIt();
    const writing = write();
    try {
      await Promise.race([writing, inVain]);
    } catch (error) {
      if (error === givenUp) this.keep(key, writing);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  private keep(key: string, writing: Promise<unknown>): void {
    // How it ends matters to nobody any more; that it ends does.
    const over: Promise<unknown> = writing
      .catch(() => {})
      .then(() => {
        if (this.hanging.get(key) === over) this.hanging.delete(key);
      });
    this.hanging.set(key, over);
  }
}
