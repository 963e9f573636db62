import fs from 'node:fs';
import path from 'node:path';

/*
 * What the stories find on the page of a run, and what they do beside it.
 */

/** The panel of a task. */
export const panel = (page, id) =>
  page.getByRole('region', { name: `Task ${id}` });
/** The node of a task in the graph. */
export const node = (page, id) =>
  page.getByRole('button', { name: new RegExp(`^${id}, `) });
/** Waits until the page of a run has a word by itself: its state, say. */
export const headed = (page, word) =>
  page.getByRole('main').getByText(word, { exact: true }).first().waitFor();

/** What a task looks for; a person "repairs" something by making it. */
export const repaired = (portal, name) =>
  path.join(portal.dataDir, `${name}.repaired`);
export const repair = (portal, name) =>
  fs.writeFileSync(repaired(portal, name), '');
