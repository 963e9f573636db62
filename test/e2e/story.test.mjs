import { after, before, test } from 'node:test';
import { startPortal } from '../portal/portal.mjs';
import { startBrowser } from './browser.mjs';
import { lookAtPages } from './pages.mjs';
import { driftRetrains } from './stories/drift.mjs';
import {
  cancelCleansUp,
  failedRunsAgainAndResultIsReused,
  prepareEndings,
  queuedTimeoutIsTold,
} from './stories/endings.mjs';
import {
  defectsAreTold,
  featuresAreServed,
  firstRunsSucceed,
  modelIsStaged,
} from './stories/firstRuns.mjs';
import {
  connectionIsTested,
  thresholdSkipsRegistration,
} from './stories/gates.mjs';
import {
  groupFolds,
  mappedItemIsClearedAlone,
  prepareMapped,
} from './stories/mapped.mjs';
import {
  bannerComesAndGoes,
  cancelAndClear,
  failsAfterRetries,
  formAndLive,
  graphOpensTasks,
  prepare,
} from './stories/smallPipelines.mjs';
import {
  backfillIsSeenThrough,
  prepareStarts,
  webhookStartsRun,
} from './stories/starts.mjs';
import { fromTemplateToGreen } from './stories/template.mjs';
import { prepareWaits, waitsAreSeenThrough } from './stories/waits.mjs';

/*
 * One portal from nothing, with everything that belongs to it, for all stories:
 * its first runs cost most of the time. They are told in this order because
 * each needs what the ones before it have left.
 */

let portal;
let browser;
let runs;

before(async () => {
  browser = await startBrowser();
  portal = await startPortal({ services: true });
});

after(async () => {
  await browser?.close();
  await portal?.stop();
});

test('a new installation runs its four pipelines to success by itself', async () => {
  runs = await firstRunsSucceed(portal);
});
test('the registered model version has the alias staging, says MLflow', () =>
  modelIsStaged(portal, runs));
test('features are served by Feast', () => featuresAreServed(portal));
test('seeded defects are told as alerts of a green run', () =>
  defectsAreTold(portal, runs));
test('drift starts a training; both runs link each other', () =>
  driftRetrains({ portal, browser, runs }));
test('every page, light and dark: no error, nothing sticks out', t =>
  lookAtPages(t, { browser, url: portal.url, runs }));
test('a connection is tested from its page', () =>
  connectionIsTested({ portal, browser }));
test('small pipelines are written and registered', () => prepare(portal));
test('two retries, then failed; what follows is upstream_failed', () =>
  failsAfterRetries({ portal, browser }));
test('trigger form from params; lines and states come within a second or two', () =>
  formAndLive({ portal, browser }));
test('a click on a task of the graph opens it', () =>
  graphOpensTasks({ portal, browser }));
test('cancel, and clear with a preview', () =>
  cancelAndClear({ portal, browser }));
let mapped;
test('pipelines of all kinds of tasks and starts are registered', async () => {
  await prepareMapped(portal);
  await prepareWaits(portal);
  await prepareEndings(portal);
  await prepareStarts(portal);
});
test('an item of a mapped task that failed is cleared by itself', async () => {
  mapped = await mappedItemIsClearedAlone({ portal, browser });
});
test('a group folds and opens', () => groupFolds({ portal, browser }, mapped));
test('a decision, a pause, a call and a sub-run', () =>
  waitsAreSeenThrough({ portal, browser }));
test('cancel runs teardown and finally', () =>
  cancelCleansUp({ portal, browser }));
test('re-run from failed, and a result reused by the next run', () =>
  failedRunsAgainAndResultIsReused({ portal, browser }));
test('a queued task says why, and gives up in time', () =>
  queuedTimeoutIsTold({ portal, browser }));
test('a backfill from its preview to its end, and its runs cleared', () =>
  backfillIsSeenThrough({ portal, browser }));
test('a webhook starts a run with the secret made on its page', () =>
  webhookStartsRun({ portal, browser }));
test('from the template to a green run, found by search', () =>
  fromTemplateToGreen({ portal, browser }));
test('a threshold set on the page: registration skipped, run green', () =>
  thresholdSkipsRegistration({ portal, browser }));
test('a banner while the backend is away', () =>
  bannerComesAndGoes({ portal, browser }));
