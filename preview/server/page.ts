/** The page around the bundles. Boot data has to be there before any of Grafana's packages runs. */
export function page(boot: unknown): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Runlane preview</title>
<base href="/">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page/main.css">
<style>
html, body { height: 100%; margin: 0 }
#root { min-height: 100% }
.first-paint { font: 14px sans-serif; padding: 24px }
html.dark { background: #111217; color: #ccccdc }
html.light { background: #f4f5f5; color: #24292e }
</style>
<script>
window.__grafana_public_path__ = '/public/';
window.grafanaBootData = ${scriptSafe(boot)};
(function () {
  // Some browsers name a language that Intl refuses (en-US@posix on a bare machine), and libraries hand it on as it is.
  var valid = Array.from(navigator.languages || []).filter(function (tag) {
    try { return Intl.getCanonicalLocales(tag).length > 0; } catch (error) { return false; }
  });
  if (valid.length === 0) { valid = ['en-US']; }
  Object.defineProperty(navigator, 'languages', { value: Object.freeze(valid), configurable: true });
  Object.defineProperty(navigator, 'language', { value: valid[0], configurable: true });
})();
(function (boot) {
  var wanted = new URLSearchParams(location.search);
  function choice(name, allowed, fallback) {
    var value = wanted.get(name);
    try {
      if (allowed.indexOf(value) >= 0) { localStorage.setItem('runlane.preview.' + name, value); }
      else { value = localStorage.getItem('runlane.preview.' + name); }
    } catch (error) { /* private window: the choice lasts for this page */ }
    return allowed.indexOf(value) >= 0 ? value : fallback;
  }
  boot.user.theme = choice('theme', ['dark', 'light'], 'dark');
  boot.user.lightTheme = boot.user.theme === 'light';
  boot.user.language = choice('lang', ['en-US', 'zh-Hans'], 'en-US');
  boot.user.locale = boot.user.language;
  boot.user.regionalFormat = boot.user.language === 'zh-Hans' ? 'zh-CN' : 'en-US';
  boot.settings.language = boot.user.language;
  boot.settings.regionalFormat = boot.user.regionalFormat;
  document.documentElement.className = boot.user.theme;
  document.documentElement.lang = boot.user.language;
})(window.grafanaBootData);
</script>
<script src="/public/systemjs/system.min.js"></script>
<script src="/public/systemjs/amd.min.js"></script>
<script type="module" src="/page/main.js"></script>
</head>
<body>
<div id="root"><p class="first-paint">Loading the Runlane preview …</p></div>
</body>
</html>
`;
}

function scriptSafe(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/\u2028|\u2029/g, '');
}
