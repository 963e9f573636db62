/** A statement that a real database has not answered: it waits for a lock. */
export class StillWaiting {
  constructor(readonly work: Promise<unknown>) {}
}
