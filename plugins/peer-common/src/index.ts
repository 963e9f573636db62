/**
 * What every service beside the portal (MLflow, Feast) needs: asking it within
 * limits, reading what it answers, and asking its backend in the portal.
 *
 * @packageDocumentation
 */
export { excerpt, requestPeer } from './requestPeer';
export type {
  PeerAnswer,
  PeerIdentity,
  PeerLimits,
  PeerRequest,
} from './requestPeer';
export { parsePeerAnswer } from './parsePeerAnswer';
export { PluginBackend } from './PluginBackend';
export type { PluginBackendOptions } from './PluginBackend';
