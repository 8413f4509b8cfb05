// Works a live table by keyboard alone and tells what is seen: see test_live_table.py.
export default async function (page, require) {
  const live = page.locator('.ik-live').first();
  const table = live.locator('table');
  await table.waitFor();
  const scroll = live.locator('.ik-live-scroll');
  const rows = table.locator('tbody:not(.ik-live-space) tr');
  const header = (name) => table.locator('thead th', { hasText: name });
  const cells = (row) => row.locator('td').allInnerTexts();
  const seen = async (name) => ({
    sort: await header(name).getAttribute('aria-sort'),
    sorted: await table.locator('thead th:not([aria-sort="none"])').count(),
    first: await cells(rows.first()),
    said: await live.locator('[role="status"]').innerText(),
  });
  const told = { rows_drawn: await rows.count(), all: await table.getAttribute('aria-rowcount'), html: await table.innerHTML() };

  // From the field of the filter the Tab key leads to the head, column by column.
  await live.locator('input').focus();
  told.order = [];
  for (let at = 0; at < 5; at += 1) {
    await page.keyboard.press('Tab');
    told.order.push(await page.evaluate(() => document.activeElement.getAttribute('class') || document.activeElement.innerText));
  }
  const press = async (name, key) => {
    await header(name).locator('button').focus();
    await page.keyboard.press(key);
    return seen(name);
  };
  told.ascending = await press('Uses', 'Enter');
  told.descending = await press('Uses', 'Space');
  await scroll.focus();
  await page.keyboard.press('End');
  await rows.and(page.locator('[aria-current]')).waitFor();
  told.last = await cells(rows.and(page.locator('[aria-current]')));
  told.whole = await live.locator('dl').innerText();
  told.cells_selected = await page.locator('.jp-Cell.jp-mod-selected').count();
  told.time = await press('Seen', 'Enter');
  await live.locator('input').focus();
  await page.keyboard.type('ONERROR x.env');
  told.filtered = await seen('Seen');
  told.hostile = await rows.first().innerHTML();
  const search = async (words) => {
    await live.locator('input').focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.type(words);
    return (await seen('Seen')).said;
  };
  told.canary_found = await search(process.env.IRKIT_CANARY_START);
  told.hidden_found = await search('[redacted');
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  told.names = await page.locator('.ik-live-name').allInnerTexts();
  const scheme = () => page.evaluate(() => getComputedStyle(document.querySelector('.ik-figure img')).colorScheme);
  told.scheme_light = await scheme();

  // Axe looks at the table, not at JupyterLab around it.
  await page.evaluate(require('fs').readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  const axe = () => page.evaluate(async () => (await window.axe.run('.ik-live')).violations.map((one) => `${one.id}: ${one.nodes[0].html}`));
  told.axe_light = await axe();
  await page.evaluate(() => window.jupyterapp?.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' }));
  if (await page.evaluate(() => !window.jupyterapp)) {
    await page.locator('.lm-MenuBar-item', { hasText: /^Settings$/ }).click();
    await page.locator('.lm-Menu-item', { hasText: /^Theme$/ }).hover();
    await page.locator('.lm-Menu-item', { hasText: /^JupyterLab Dark$/ }).click();
  }
  await page.waitForFunction(() => document.body.dataset.jpThemeLight === 'false');
  told.scheme_dark = await scheme();
  told.axe_dark = await axe();
  return told;
}
