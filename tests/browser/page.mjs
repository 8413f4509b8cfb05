// Opens a page from disk in Chromium with the network off, and tells what it did.
//
//   node page.mjs '{"file": "/path/page.html", "screenshot": "/path/page.png", "dark": false, "width": 1100}'
//
// Prints one JSON document: {"requests": [addresses beside the file itself], "console": [...], "title", "h1": n, "images": n, "broken": n}
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = process.env.IRKIT_NODE_MODULES;
const { chromium } = createRequire(pathToFileURL(join(modules, 'index.js')))('playwright-core');
const want = { width: 1100, dark: false, browser: '/usr/bin/chromium', ...JSON.parse(process.argv[2]) };
const profile = mkdtempSync(join(tmpdir(), 'irk-p-'));
const answer = { requests: [], console: [] };
const context = await chromium.launchPersistentContext(profile, {
  executablePath: want.browser,
  headless: true,
  viewport: { width: want.width, height: 900 },
  colorScheme: want.dark ? 'dark' : 'light',
  offline: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
});
try {
  const page = context.pages()[0] || (await context.newPage());
  const address = pathToFileURL(want.file).href;
  page.on('console', (message) => answer.console.push(message.text()));
  page.on('pageerror', (error) => answer.console.push(String(error)));
  page.on('request', (request) => {
    if (request.url() !== address && !request.url().startsWith('data:')) answer.requests.push(request.url());
  });
  await page.goto(address, { waitUntil: 'load' });
  answer.title = await page.title();
  answer.h1 = await page.locator('h1').count();
  answer.images = await page.locator('img').count();
  answer.broken = await page.locator('img').evaluateAll((all) => all.filter((one) => one.complete && one.naturalWidth === 0).length);
  if (want.screenshot) await page.screenshot({ path: want.screenshot, fullPage: true });
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
process.stdout.write(JSON.stringify(answer) + '\n');
