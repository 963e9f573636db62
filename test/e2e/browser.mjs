import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { chromium } = createRequire(import.meta.url)('playwright-core');

export const THEMES = ['light', 'dark'];
const SCREENSHOTS = fileURLToPath(new URL('./screenshots', import.meta.url));
const BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
// A page on a machine that trains a model beside it takes its time.
const SLOW_MS = 120_000;

/** Starts Chromium. @throws by name when this machine has none */
export function startBrowser() {
  const executablePath =
    process.env.MAESTRO_BROWSER ?? BROWSERS.find(file => fs.existsSync(file));
  if (!executablePath)
    throw new Error(`No Chromium on this machine: looked for ${BROWSERS}.`);
  fs.mkdirSync(SCREENSHOTS, { recursive: true });
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/**
 * Opens a tab in which everything that goes wrong is written down.
 *
 * @returns `page`, `trouble` (page errors and console errors so far), `go`,
 * `look`, `lookInBoth` and `close`
 */
export async function openTab(browser, url, { theme = 'light' } = {}) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: theme,
    acceptDownloads: true,
  });
  context.setDefaultTimeout(SLOW_MS);
  const page = await context.newPage();
  const trouble = [];
  page.on('pageerror', error => trouble.push(`page error: ${error}`));
  page.on('console', message => {
    if (message.type() === 'error')
      trouble.push(`console: ${message.text()} (${message.location().url})`);
  });
  let other;
  const tab = {
    page,
    trouble,
    go: where => page.goto(url + where, { waitUntil: 'domcontentloaded' }),
    /** A picture of what is there, and a check that nothing sticks out. */
    async look(name) {
      // Spinners and skeletons, not the bar of something that is through.
      await page.waitForFunction(() =>
        [
          ...document.querySelectorAll('[role=progressbar], .MuiSkeleton-root'),
        ].every(
          element =>
            !element.checkVisibility() ||
            (element.ariaValueNow !== null &&
              element.ariaValueNow === (element.ariaValueMax ?? '100')),
        ),
      );
      await page.waitForTimeout(300);
      await page.screenshot({
        path: path.join(SCREENSHOTS, `${name}-${theme}.png`),
      });
      const { inner, scroll, wide } = await page.evaluate(() => ({
        inner: window.innerWidth,
        scroll: document.documentElement.scrollWidth,
        wide: [...document.querySelectorAll('body *')]
          .filter(
            element =>
              element.getBoundingClientRect().right > window.innerWidth + 1,
          )
          .slice(0, 5)
          .map(element => element.outerHTML.slice(0, 120)),
      }));
      assert.ok(
        scroll <= inner,
        `${name} is ${scroll} wide in ${inner}: ${wide}`,
      );
    },
    /**
     * The same in both themes: the address of now is opened in the other one.
     *
     * @param shows - called with that page, waits for what must be there
     */
    async lookInBoth(name, shows) {
      await tab.look(name);
      other ??= await openTab(browser, url, {
        theme: THEMES.find(each => each !== theme),
      });
      await other.page.goto(page.url(), { waitUntil: 'domcontentloaded' });
      await shows(other.page);
      await other.look(name);
      other.assertCalm(name);
    },
    assertCalm(name) {
      assert.deepEqual(trouble, [], name);
    },
    async close() {
      await other?.close();
      await context.close();
    },
  };
  return tab;
}

/**
 * Milliseconds since 1970 at which the page first shows a text, by its own
 * observer, so that asking does not add to it.
 *
 * @param selector - of what is looked at
 * @returns a promise; call it before the text can come
 */
export function whenShown(page, selector, text, timeoutMs = SLOW_MS) {
  return page.evaluate(
    ([where, wanted, limit]) =>
      new Promise((resolve, reject) => {
        const shown = () =>
          [...document.querySelectorAll(where)].some(element =>
            element.textContent.includes(wanted),
          );
        const observer = new MutationObserver(() => {
          if (!shown()) return;
          observer.disconnect();
          resolve(Date.now());
        });
        observer.observe(document.body, {
          subtree: true,
          childList: true,
          characterData: true,
          attributes: true,
        });
        if (shown()) {
          observer.disconnect();
          resolve(Date.now());
        }
        setTimeout(
          () => reject(new Error(`${wanted} was not shown in ${limit} ms`)),
          limit,
        );
      }),
    [selector, text, timeoutMs],
  );
}
