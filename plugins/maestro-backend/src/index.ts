/**
 * The scheduler of Maestro: engine, store and HTTP API.
 *
 * @packageDocumentation
 */
export { maestroPlugin as default } from './plugin';
export {
  runHeadless,
  type HeadlessRunOptions,
  type HeadlessRunResult,
  type HeadlessTaskChange,
} from './headless';
export {
  startHeadlessScheduler,
  type HeadlessScheduler,
  type HeadlessSchedulerOptions,
} from './headlessScheduler';
export { readLocalFolder } from './pipelines/sources/localFolder';
export type { SourceTree, TreeFile } from './pipelines/sources/SourceTree';
