/**
 * Lists, panels and notices for pages about a service beside the portal
 * (MLflow, Feast): they need no Maestro.
 *
 * @packageDocumentation
 */
export { BreakableName } from './BreakableName';
export { DetailSection } from './DetailSection';
export { FactGrid, FactTable } from './FactTable';
export { FilterField } from './FilterField';
export { Invitation } from './Invitation';
export { ListTable } from './ListTable';
export type { ListColumn } from './ListTable';
export { PeerContent } from './PeerContent';
export { PeerQueries } from './PeerQueries';
export { Problem } from './Problem';
export { RelativeTime } from './RelativeTime';
export { SidePanel } from './SidePanel';
export { StatusWord, statusColors } from './StatusWord';
export type { StatusColor } from './StatusWord';
export { useAddressParam } from './useAddressParam';
export { useSlow } from './useSlow';
