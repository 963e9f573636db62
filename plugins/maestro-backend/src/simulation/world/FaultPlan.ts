import {
  FAULT_KINDS,
  type Fault,
  type FaultKind,
  type OperationKind,
} from '../history/History';

/** The faults of a history that have not happened yet. */
export class FaultPlan {
  private readonly left: Fault[];
  /** How often each kind really happened. */
  readonly happened = new Map<FaultKind, number>();

  constructor(faults: readonly Fault[]) {
    this.left = [...faults].sort((a, b) => a.at - b.at);
  }

  /** The fault that hits this operation, if one does. */
  next(count: number, kind: OperationKind): Fault | undefined {
    const place = this.left.findIndex(fault => {
      const target = FAULT_KINDS[fault.kind];
      return fault.at <= count && (target === 'any' || target === kind);
    });
    return place < 0 ? undefined : this.left.splice(place, 1)[0];
  }

  /** It was not only planned but did something. */
  count(kind: FaultKind): void {
    this.happened.set(kind, (this.happened.get(kind) ?? 0) + 1);
  }

  /** Nothing goes wrong any more. */
  end(): void {
    this.left.length = 0;
  }
}
