/**
 * What the backends of services beside the portal (MLflow, Feast) share.
 *
 * @packageDocumentation
 */
export { readPeerAddress, readPeerDuration } from './peerConfig';
export { demandPermission } from './demandPermission';
