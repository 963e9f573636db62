/**
 * What an installation left in a cluster: found and taken away, without a
 * backend.
 *
 * @packageDocumentation
 */
export { type Found, findLeftovers } from './findLeftovers';
export { type Leftover, othersFinalizers } from './leftovers';
export { openCluster, type ReleaseApi } from './ReleaseApi';
export { type Failure, removeLeftovers } from './removeLeftovers';
