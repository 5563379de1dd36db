import { AppPlugin } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { ConfigPage } from './pages/config-page';
import { StartPage } from './pages/start-page';
import pluginJson from './plugin.json';

await initPluginTranslations(pluginJson.id);

export const plugin = new AppPlugin().setRootPage(StartPage).addConfigPage({
  title: 'Configuration',
  icon: 'cog',
  body: ConfigPage,
  id: 'configuration',
});
