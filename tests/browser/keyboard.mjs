// Drives JupyterLab in Chromium by the keyboard alone: runs notebooks cell by cell with Shift+Enter, and where a cell shows forms goes into
// them with Tab, fills them in and presses their buttons with Enter. The mouse is used for nothing but the theme, between two looks.
//
//   node keyboard.mjs '{"url": "http://127.0.0.1:8899", "notebooks": ["02_revoke"], "homes": ["/tmp/alice", "/tmp/bob"], ...}'
//
// Keys: url, notebooks, homes (gpg homes to approve from, one after the other); optional: said (what is
// said of hand tasks), dark (look in the dark theme too: true), axe (have axe look at all: true), page (a page of Markdown to open first, whose
// table of gpg homes is taken for homes), profile, browser, timeout_ms, width, height. For pictures: shots (the folder
// they go to, as NAME-light.png and NAME-dark.png), pictures ({NOTEBOOK: [[name, "text of a cell"], ...]}), byHand (the name of one of the
// first tasks by hand, before they are said to be done), hide ([[text, what stands in its place], ...]). Lab's token is in IRKIT_LAB_TOKEN,
// in IRKIT_TYPED what is typed into forms to be refused.
//
// Prints one JSON document: {"ok", "error", "external", "console", "page" (its text), "notebooks": {NAME: {"cells" (code cells run), "errors" [text of error
// outputs], "figures": [{"alt", "width"}], "headings": [[level, ...] of each output], "forms": [{"button", "says"}], "refused": [{"field",
// "left", "says"}], "unseen": [what got the focus without showing it], "axe": {"light": [...], "dark": [...]}, "html": [...], "saved"}}}.
// Exit 0 when ok.
import { createRequire } from 'node:module';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = process.env.IRKIT_NODE_MODULES || new URL('../node_modules', import.meta.url).pathname;
const require = createRequire(pathToFileURL(join(modules, 'index.js')));
const { chromium } = require('playwright-core');

const want = {
  timeout_ms: 240000, width: 1280, height: 1000, browser: '/usr/bin/chromium', said: 'done, and looked at again', homes: [],
  dark: true, axe: true, page: '', pictures: {}, shots: '', hide: [], ...JSON.parse(process.argv[2]),
};
const token = process.env.IRKIT_LAB_TOKEN || '';
const secret = process.env.IRKIT_TYPED || '';
const profile = want.profile || mkdtempSync(join(tmpdir(), 'irk-b-'));
const axe = want.axe ? readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8') : '';
const answer = { ok: false, error: '', external: [], console: [], page: '', notebooks: {} };
const FORM = '.ik-form .ik-form';
let seen;

const context = await chromium.launchPersistentContext(profile, {
  executablePath: want.browser, headless: true, timeout: want.timeout_ms, viewport: { width: want.width, height: want.height },
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
});
const page = context.pages()[0] || (await context.newPage());
const press = (key) => page.keyboard.press(key);
page.setDefaultTimeout(want.timeout_ms);
try {
  page.on('console', (message) => { if (message.type() === 'error') answer.console.push(message.text()); });
  page.on('pageerror', (error) => answer.console.push(String(error)));
  const home = new URL(want.url).host;
  context.on('request', (request) => {
    const address = new URL(request.url());
    if (/^(https?|wss?):$/.test(address.protocol) && address.host !== home) answer.external.push(`${address.protocol}//${address.host}${address.pathname}`);
  });
  if (want.page) {
    await page.goto(`${want.url}/lab/tree/${want.page}?reset&token=${encodeURIComponent(token)}`, { waitUntil: 'domcontentloaded' });
    const homes = page.locator('.jp-MarkdownViewer td code');
    await homes.first().waitFor();
    answer.page = await page.locator('.jp-MarkdownViewer .jp-RenderedMarkdown').innerText();
    want.homes = await homes.allInnerTexts();
  }
  for (const name of want.notebooks) {
    seen = answer.notebooks[name] = { cells: 0, errors: [], figures: [], headings: [], forms: [], refused: [], unseen: [], axe: {}, html: [], saved: false };
    await page.goto(`${want.url}/lab/tree/${name}.ipynb?reset&token=${encodeURIComponent(token)}`, { waitUntil: 'domcontentloaded' });
    await page.waitForSelector('.jp-Notebook .jp-Cell');
    await idle();
    await run();
    await save();
    await look('light', name);
    if (want.dark) {
      await theme('JupyterLab Dark');
      await look('dark', name);
      await theme('JupyterLab Light');
    }
    await press('Escape');
  }
  answer.ok = true;
} catch (error) {
  answer.error = String(error.stack || error).replaceAll(token || '\0', 'TOKEN');
  if (want.shots) await page.screenshot({ path: join(want.shots, 'failed.png') }).catch(() => {});
} finally {
  await context.close();
  if (!want.profile) rmSync(profile, { recursive: true, force: true });
}
// A pipe takes 64 KiB at a time: leave only when all of it is written.
process.stdout.write(JSON.stringify(answer) + '\n', () => process.exit(answer.ok ? 0 : 1));

async function run() {
  const count = await page.locator('.jp-Notebook > * .jp-Cell, .jp-Notebook > .jp-Cell').count();
  let stopped = -1;
  for (let cell = 0; cell < count; cell++) {
    await goTo(cell);
    const code = await cellIs(cell, (node) => node.classList.contains('jp-CodeCell'));
    await press('Shift+Enter');
    if (!code) continue;
    await ended();
    seen.cells += 1;
    if (await cellIs(cell, (node) => [...node.querySelectorAll('.jp-OutputArea-output')].some((one) => one.textContent.startsWith('Waiting: ')))) stopped = cell;
    if (await cellIs(cell, (node) => node.textContent.includes('desk.approvals('))) await sign(cell, 'Sign plan', 'Approved with');
    else if (await cellIs(cell, (node) => node.textContent.includes('desk.vouching('))) await sign(cell, 'Sign the statement', 'Signed with');
    else if (await cellIs(cell, (node) => node.textContent.includes('desk.by_hand('))) {
      await byHand(cell);
      if (stopped >= 0) [cell, stopped] = [stopped - 1, -1]; // what stopped for a person goes on now
    }
  }
}

// To the cell, up or down, from wherever the focus is.
async function goTo(cell) {
  for (let steps = 0; steps < 80 && !(await page.evaluate(() => document.activeElement.classList.contains('jp-Cell'))); steps++) await press('Shift+Tab');
  for (let at = await active(); at !== cell; at = await active()) {
    await press(at < cell ? 'ArrowDown' : 'ArrowUp');
    await page.waitForFunction((before) => [...document.querySelectorAll('.jp-Notebook .jp-Cell')].findIndex((one) => one.classList.contains('jp-mod-active')) !== before, at);
  }
}

function active() {
  return page.evaluate(() => [...document.querySelectorAll('.jp-Notebook .jp-Cell')].findIndex((one) => one.classList.contains('jp-mod-active')));
}

function cellIs(cell, test) {
  return page.locator('.jp-Notebook .jp-Cell').nth(cell).evaluate(test);
}

// A form to approve or to vouch: once in a notebook a secret is refused, then each person signs, then the last presses once more.
async function sign(cell, button, signed) {
  await page.locator('.jp-Notebook .jp-Cell').nth(cell).locator(FORM).first().waitFor();
  if (secret && !seen.refused.some((one) => one.field === 'Passphrase, by reference')) {
    await into(cell, 'Passphrase, by reference');
    await changes(cell, 0, 'field is empty again', () => typed(secret));
    await refusal(cell, 'Passphrase, by reference', 0);
  }
  for (const home of want.homes) {
    await into(cell, 'gpg home');
    await typed(home);
    await page.waitForFunction((at) => document.querySelectorAll('.jp-Notebook .jp-Cell')[at].querySelector('.ik-form select option:checked')?.textContent.match(/[0-9A-F]{16}/), cell);
    await into(cell, button);
    await pressed(cell, 0, signed);
  }
  await pressed(cell, 0, 'already');
}

// Each hand task; the first is tried with a secret first.
async function byHand(cell) {
  const forms = page.locator('.jp-Notebook .jp-Cell').nth(cell).locator(FORM);
  if (want.shots && want.byHand && (await forms.count())) {
    for (const [shade, name] of [['light', 'JupyterLab Light'], ['dark', 'JupyterLab Dark'], ['', 'JupyterLab Light']]) {
      await theme(name);
      if (shade) await shoot(want.byHand, 'desk.by_hand(', shade);
    }
    [want.byHand] = [''];
    await page.locator('.jp-Notebook .jp-Cell').nth(cell).evaluate((node) => node.focus());
  }
  for (let number = 0; number < (await forms.count()); number++) {
    await into(cell, 'What was done', number);
    if (secret && !seen.refused.some((one) => one.field === 'What was done')) {
      await changes(cell, number, 'field is empty again', () => typed(secret));
      await refusal(cell, 'What was done', number);
      await into(cell, 'What was done', number);
    }
    await typed(want.said);
    await into(cell, 'Say that it is done', number);
    await pressed(cell, number, 'It was done by');
  }
}

async function pressed(cell, number, text) {
  const button = await page.evaluate(() => document.activeElement.textContent);
  await changes(cell, number, text, () => press('Enter'));
  seen.forms.push({ button, says: await said(cell, number) });
}

async function refusal(cell, field, number) {
  const left = await page.locator('.jp-Notebook .jp-Cell').nth(cell).locator(FORM).nth(number).getByLabel(field).inputValue();
  seen.refused.push({ field, left, says: await said(cell, number) });
}

function result(cell, number) {
  return page.locator('.jp-Notebook .jp-Cell').nth(cell).locator(FORM).nth(number).locator('[role="status"]');
}
function said(cell, number) {
  return result(cell, number).innerText();
}

// What is done makes the form say something else than before, with that text in it.
async function changes(cell, number, text, act) {
  const before = (await result(cell, number).allInnerTexts()).join();
  await act();
  await page.waitForFunction(([cell, number, FORM, before, text]) => {
    const says = document.querySelectorAll('.jp-Notebook .jp-Cell')[cell].querySelectorAll(FORM)[number].querySelector('[role="status"]')?.innerText;
    return says !== undefined && says !== before && says.includes(text);
  }, [cell, number, FORM, before, text]);
}

async function typed(text) {
  await press('Control+a');
  await page.keyboard.type(text);
  await press('Tab');
}

// Tab or Shift+Tab to the field or button of the form with that number. Where the focus goes, it must be seen.
async function into(cell, label, number = 0) {
  for (let steps = 0; steps < 200; steps++) {
    const at = await page.evaluate(([cell, label, number, FORM]) => {
      const form = document.querySelectorAll('.jp-Notebook .jp-Cell')[cell].querySelectorAll(FORM)[number];
      const wanted = [...form.querySelectorAll('input, select, button')].find((one) => (one.labels?.[0]?.textContent || one.textContent).trim().startsWith(label));
      const on = document.activeElement;
      if (on === wanted) return 'there';
      // Lab keeps the cells below out of the way of Tab: from them, and from all below, it is backwards.
      return wanted.compareDocumentPosition(on) & Node.DOCUMENT_POSITION_PRECEDING && document.querySelectorAll('.jp-Notebook .jp-Cell')[cell].contains(on) ? 'Tab' : 'Shift+Tab';
    }, [cell, label, number, FORM]);
    if (at === 'there') return;
    await press(at);
    const dim = await page.evaluate(() => {
      const on = document.activeElement;
      if (!on.closest('.jp-OutputArea-output')) return '';
      const { outlineStyle, outlineWidth } = getComputedStyle(on);
      return outlineStyle !== 'none' && parseFloat(outlineWidth) > 0 ? '' : on.outerHTML.slice(0, 120);
    });
    if (dim && !seen.unseen.includes(dim)) seen.unseen.push(dim);
  }
  throw new Error(`${label} cannot be reached by Tab`);
}

function idle() {
  return page.waitForFunction(() => {
    const name = document.querySelector('.jp-KernelName')?.textContent.trim();
    return name && name !== 'No Kernel' && document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle';
  });
}

async function ended() {
  await page.waitForFunction(() => ![...document.querySelectorAll('.jp-InputPrompt')].some((prompt) => prompt.textContent.includes('*')));
  await idle();
}

async function save() {
  const saved = page.waitForResponse((reply) => reply.request().method() === 'PUT' && reply.url().includes('/api/contents/'));
  await press('Control+s');
  seen.saved = (await saved).ok();
}

async function look(shade, name) {
  if (shade === 'light') {
    seen.html = await page.locator('.jp-OutputArea').evaluateAll((nodes) => nodes.map((node) => node.innerHTML));
    // Not what is drawn: a browser draws nothing of what is far out of sight.
    seen.errors = (await page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"], .jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]').allTextContents()).filter((text) => text.trim());
    seen.figures = await page.locator('.jp-OutputArea-output img').evaluateAll((nodes) => nodes.map((node) => ({ alt: node.alt, width: node.naturalWidth })));
    seen.headings = await page.locator('.jp-OutputArea').evaluateAll((nodes) => nodes.map((node) => [...node.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((one) => Number(one.tagName[1]))));
  }
  if (want.axe) await axed(shade);
  for (const [picture, text] of (want.shots && want.pictures[name]) || []) await shoot(picture, text, shade);
}

async function axed(shade) {
  await page.evaluate(axe);
  const found = await page.evaluate((shade) => {
    const every = axe.getRules().filter((one) => !one.tags.some((tag) => /^(wcag2+aaa|experimental|deprecated)$/.test(tag)));
    // A theme changes colours alone.
    const rules = shade === 'light' ? every : every.filter((one) => one.tags.includes('cat.color'));
    return axe.run({ include: [['.jp-OutputArea-output']] }, { runOnly: { type: 'rule', values: rules.map((one) => one.ruleId) }, resultTypes: ['violations'] });
  }, shade);
  seen.axe[shade] = found.violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message || ''}`) }));
}

async function shoot(picture, text, shade) {
  mkdirSync(want.shots, { recursive: true });
  const cell = page.locator('.jp-Notebook .jp-CodeCell', { hasText: text }).first();
  await page.evaluate((pairs) => {
    // Not in editors: what changes there is the notebook.
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, (node) => (node.parentElement.closest('.cm-editor') ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT));
    for (let node = walk.nextNode(); node; node = walk.nextNode()) for (const [from, to] of pairs) if (node.nodeValue.includes(from)) node.nodeValue = node.nodeValue.replaceAll(from, to);
    for (const field of document.querySelectorAll('.ik-form input')) for (const [from, to] of pairs) field.value = field.value.replaceAll(from, to);
  }, want.hide);
  await cell.evaluate((node) => node.scrollIntoView({ block: 'start' }));
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.screenshot({ path: join(want.shots, `${picture}-${shade}.png`) });
}

async function theme(name) {
  await page.locator('.lm-MenuBar-item', { hasText: /^Settings$/ }).click();
  await page.locator('.lm-Menu-item', { hasText: /^Theme$/ }).first().hover();
  await page.locator('.lm-Menu-item[data-command="apputils:change-theme"]', { hasText: new RegExp(`^${name}$`) }).click();
  const light = name.endsWith('Light') ? 'true' : 'false';
  await page.waitForFunction((light) => document.body.dataset.jpThemeLight === light && !document.getElementById('jupyterlab-splash'), light);
}
