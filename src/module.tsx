import { AppPlugin } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { App } from './pages/app';
import { ConfigPage } from './pages/config-page';
import pluginJson from './plugin.json';

await initPluginTranslations(pluginJson.id);

export const plugin = new AppPlugin().setRootPage(App).addConfigPage({
  title: 'Configuration',
  icon: 'cog',
  body: ConfigPage,
  id: 'configuration',
});
