// Drives JupyterLab in Chromium: open a notebook, wait until its kernel is idle, run all cells, wait for something, save, take a picture.
//
//   node lab.mjs '{"url": "http://127.0.0.1:8899", "token": "...", "notebook": "01_exposure.ipynb", ...}'
//
// Keys: url, token, notebook; optional: selector or text (what to wait for after Run All), run (false: do not run), save (false),
// then (path of a module whose default export, `async (page, require)`, acts after the run; what it returns is "then" in the answer),
// screenshot (path of a PNG), profile (an empty folder for Chromium), browser (path), timeout_ms (240000), width, height, keep (DOM of
// outputs in the answer). The token is not put into the page's address when it comes in IRKIT_LAB_TOKEN.
//
// Prints one JSON document: {"ok", "error", "outputs": [text of each output area], "errors": [text of error outputs], "console": [...],
// "external": [addresses outside the server], "saved", "kernel"}. Exit 0 when ok.
import { createRequire } from 'node:module';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = process.env.IRKIT_NODE_MODULES || new URL('../../node_modules', import.meta.url).pathname;
const require = createRequire(pathToFileURL(join(modules, 'index.js')));
const { chromium } = require('playwright-core');

const input = process.argv[2] === '-' ? readFileSync(0, 'utf8') : process.argv[2];
const want = { run: true, save: true, timeout_ms: 240000, width: 1280, height: 1000, browser: '/usr/bin/chromium', ...JSON.parse(input) };
const token = process.env.IRKIT_LAB_TOKEN || want.token || '';
const profile = want.profile || mkdtempSync(join(tmpdir(), 'irk-b-'));
const answer = { ok: false, error: '', outputs: [], errors: [], console: [], external: [], saved: false, kernel: '' };

const context = await chromium.launchPersistentContext(profile, {
  executablePath: want.browser,
  headless: true,
  timeout: want.timeout_ms,
  viewport: { width: want.width, height: want.height },
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
});
try {
  const page = context.pages()[0] || (await context.newPage());
  page.setDefaultTimeout(want.timeout_ms);
  page.on('console', (message) => {
    if (message.type() === 'error') answer.console.push(message.text());
  });
  page.on('pageerror', (error) => answer.console.push(String(error)));
  const home = new URL(want.url).host;
  context.on('request', (request) => {
    const address = new URL(request.url());
    if (/^(https?|wss?):$/.test(address.protocol) && address.host !== home) answer.external.push(`${address.protocol}//${address.host}${address.pathname}`);
  });

  const query = token ? `?reset&token=${encodeURIComponent(token)}` : '?reset';
  await page.goto(`${want.url.replace(/\/$/, '')}/lab/tree/${want.notebook}${query}`, { waitUntil: 'domcontentloaded' });
  await page.waitForSelector('.jp-Notebook .jp-Cell');
  const idle = () =>
    page.waitForFunction(() => {
      const name = document.querySelector('.jp-KernelName')?.textContent.trim();
      return name && name !== 'No Kernel' && document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle';
    });
  await idle();
  // Lab lays cells out bit by bit: of one that is not there yet nobody would see that it runs, or what it put out.
  const opened = await context.request.get(`${want.url.replace(/\/$/, '')}/api/contents/${want.notebook}`, { headers: { Authorization: `token ${token}` } });
  const cells = (await opened.json()).content.cells.length;
  await page.waitForFunction((count) => document.querySelectorAll('.jp-Notebook .jp-Cell').length >= count, cells);
  answer.kernel = (await page.locator('.jp-KernelName').first().innerText().catch(() => '')).trim();

  if (want.run) {
    await page.locator('.lm-MenuBar-item', { hasText: /^Run$/ }).click();
    await page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click();
    if (want.selector) await page.waitForSelector(want.selector);
    if (want.text) await page.locator('.jp-OutputArea-output', { hasText: want.text }).first().waitFor();
    // Every cell has ended: none shows the star of a cell that runs or waits.
    await page.waitForFunction(() => ![...document.querySelectorAll('.jp-InputPrompt')].some((prompt) => prompt.textContent.includes('*')));
    await idle();
  }
  if (want.then) answer.then = await (await import(pathToFileURL(want.then))).default(page, require);
  if (want.save) {
    // One that is asked for from now on: Lab saves by itself as well, and may have begun before the run was over.
    const saved = page.waitForRequest((request) => request.method() === 'PUT' && request.url().includes('/api/contents/'));
    await page.locator('.jp-Notebook').first().click({ position: { x: 3, y: 3 } }).catch(() => {});
    await page.keyboard.press('Control+s');
    answer.saved = (await (await saved).response()).ok();
    await page.waitForResponse((reply) => reply.request().method() === 'POST' && reply.url().includes('/checkpoints')).catch(() => {});
  }
  const texts = (selector) => page.locator(selector).evaluateAll((nodes) => nodes.map((node) => node.innerText));
  answer.outputs = await texts('.jp-OutputArea-output');
  answer.errors = await texts('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"], .jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]');
  if (want.keep) answer.html = await page.locator('.jp-OutputArea').evaluateAll((nodes) => nodes.map((node) => node.innerHTML));
  if (want.screenshot) await page.screenshot({ path: want.screenshot });
  answer.ok = true;
} catch (error) {
  answer.error = String(error).split('token=')[0];
  if (want.screenshot) await context.pages()[0]?.screenshot({ path: want.screenshot }).catch(() => {});
} finally {
  await context.close();
  if (!want.profile) rmSync(profile, { recursive: true, force: true });
}
// A pipe takes 64 KiB at a time: leave only when all of it is written.
process.stdout.write(JSON.stringify(answer) + '\n', () => process.exit(answer.ok ? 0 : 1));
