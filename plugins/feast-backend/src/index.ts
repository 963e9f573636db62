/**
 * Backend of the Feast page.
 *
 * @packageDocumentation
 */
export { feastPlugin as default } from './plugin';
