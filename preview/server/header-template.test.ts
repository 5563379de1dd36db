import { TemplateError, renderTemplate } from './header-template';

const data = {
  URL: 'http://ds',
  JsonData: { url: 'http://store', deep: { x: 1 } },
  SecureJsonData: { token: 's3cret', none: '' },
};

describe('renderTemplate', () => {
  it.each([
    ['plain', 'plain'],
    ['{{ .JsonData.url }}', 'http://store'],
    ['{{.URL}}/{{ .JsonData.deep.x }}', 'http://ds/1'],
    ['{{ .JsonData.missing }}', '<no value>'],
    ['{{ orEmpty .JsonData.missing }}', ''],
    ['{{ if .SecureJsonData.token }}Bearer {{ .SecureJsonData.token }}{{ end }}', 'Bearer s3cret'],
    ['{{ if .SecureJsonData.none }}Bearer {{ .SecureJsonData.none }}{{ end }}', ''],
    ['{{ if .SecureJsonData.none }}a{{ else }}b{{ end }}c', 'bc'],
    ['{{ if .JsonData.url }}{{ if .SecureJsonData.none }}x{{ else }}y{{ end }}{{ end }}', 'y'],
    ['{{ if .SecureJsonData.none }}{{ if .JsonData.url }}x{{ end }}{{ end }}z', 'z'],
  ])('renders %s as "%s"', (template, expected) => {
    expect(renderTemplate(template, data)).toBe(expected);
  });

  it.each(['{{ if .URL }}never closed', '{{ end }}', '{{ printf "%s" .URL }}', '{{ .Password }}'])(
    'refuses %s and says so',
    (template) => {
      expect(() => renderTemplate(template, data)).toThrow(TemplateError);
    }
  );
});
