// Opens pages of the site from a folder in Chromium with the network off, searches, and has axe-core look at them, light and dark.
//
//   node site.mjs '{"files": ["/path/index.html", ...], "search": "words"}'
//
// Prints one JSON list, one document a page and scheme: {"file", "scheme", "requests": [what is not a file], "console", "violations",
// "broken": pictures that did not load, "found": how many pages the search found}.
import { createRequire } from 'node:module';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = process.env.IRKIT_NODE_MODULES;
const { chromium } = createRequire(pathToFileURL(join(modules, 'index.js')))('playwright-core');
const axe = readFileSync(join(modules, 'axe-core', 'axe.min.js'), 'utf8');
const want = { browser: '/usr/bin/chromium', ...JSON.parse(process.argv[2]) };
const PATIENCE_MS = 240_000; // a busy machine is no finding
const answers = [];
for (const scheme of ['light', 'dark']) {
  const profile = mkdtempSync(join(tmpdir(), 'irk-s-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: want.browser,
    headless: true,
    timeout: PATIENCE_MS,
    offline: true,
    colorScheme: scheme,
    viewport: { width: 1280, height: 900 },
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  try {
    for (const file of want.files) {
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      const answer = { file, scheme, requests: [], console: [] };
      page.on('console', (message) => { if (message.type() === 'error') answer.console.push(message.text()); });
      page.on('pageerror', (error) => answer.console.push(String(error)));
      page.on('request', (request) => { if (!/^(file|data|blob):/.test(request.url())) answer.requests.push(request.url()); });
      await page.goto(pathToFileURL(file).href, { waitUntil: 'load' });
      await page.evaluate(axe);
      const seen = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'], preload: false }));
      answer.violations = seen.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(', ')}`);
      answer.broken = await page.locator('img').evaluateAll((all) => all.filter((one) => one.complete && one.naturalWidth === 0).length);
      await page.locator('.md-search__input').fill(want.search);
      await page.locator('.md-search-result__item').first().waitFor({ state: 'attached' });
      answer.found = await page.locator('.md-search-result__item').count();
      answers.push(answer);
      await page.close();
    }
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
process.stdout.write(JSON.stringify(answers) + '\n');
