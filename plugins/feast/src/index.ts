/**
 * The Feast page of the portal.
 *
 * @packageDocumentation
 */
export { feastPlugin as default } from './plugin';
export { feastApiRef } from './apis';
