import React from 'react';
import { createRoot } from 'react-dom/client';
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { initPluginTranslations, LANGUAGES } from '@grafana/i18n';
import { config } from '@grafana/runtime';
import { loadResources } from '@grafana/scenes';
import { Preview } from './host/preview';
import { shareModules } from './host/plugin-loader';
import { fillRegistries } from './host/registries';
import { setSingletons } from './host/runtime-singletons';

async function start(): Promise<void> {
  const { language } = config.bootData.user;
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en-US',
    supportedLngs: LANGUAGES.map(({ code }) => code),
    resources: {},
    partialBundledLanguages: true,
    returnEmptyString: false,
    showSupportNotice: false,
  });
  i18next.addResourceBundle(language, 'grafana-scenes', await loadResources(language), true, false);
  await i18next.changeLanguage(language);
  await initPluginTranslations('grafana-scenes');

  fillRegistries();
  shareModules();
  const dataSources = setSingletons();
  createRoot(document.getElementById('root')!).render(<Preview dataSources={dataSources} />);
}

start().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  document.getElementById('root')!.textContent = `The preview could not start: ${message}`;
});
