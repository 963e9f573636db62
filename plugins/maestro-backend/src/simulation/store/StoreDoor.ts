/** What passes a door; faults choose by it. */
export type DoorKind = 'statement' | 'commit';

/**
 * The way of a process to its store. The simulation decides when something
 * passes, in which order, and what goes wrong.
 */
export interface StoreDoor {
  /** Name of the incarnation of the process. */
  readonly owner: string;
  /** False once the process is dead. */
  isOpen(): boolean;
  /**
   * Waits for its turn, then runs `action`; one that throws `Blocked` waits and
   * is run again.
   *
   * @param onFault - called when it fails without having been run
   */
  pass<R>(
    kind: DoorKind,
    label: string,
    action: () => R | Promise<R>,
    onFault?: () => void,
  ): Promise<R>;
}
