import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import type { Finding } from './finding';
import { asObject, filesBelow, parseObject, readText } from './plugin-tree';

const TEXT_RULES: ReadonlyArray<{ rule: string; pattern: RegExp; message: string }> = [
  {
    rule: 'restricted-window-property',
    pattern: /window\.(grafanaBootData|grafanaRuntime|__grafanaSceneContext)/,
    message: 'reads a private property of window. Use @grafana/runtime.',
  },
  {
    rule: 'ds-query-url',
    pattern: /\/api\/ds\/query/,
    message: 'names /api/ds/query. Ask the data source itself: getDataSourceSrv().get(ref).query().',
  },
  {
    rule: 'react-internals',
    pattern: /__SECRET_INTERNALS|__CLIENT_INTERNALS/,
    message: 'uses internals of React, which differ between 18 and 19.',
  },
];

/** Rules about the code that was built: every file under src/ that is neither a test nor a fixture, and the tool chain. */
export function checkSource(root: string): Finding[] {
  const findings = filesBelow(join(root, 'src'))
    .filter((file) => /\.tsx?$/.test(file) && !/\.(test|spec)\.tsx?$|\.d\.ts$/.test(file))
    .flatMap((file) => sourceFaults(`src/${file}`, readText(root, `src/${file}`)));
  return [...findings, ...checkToolChain(root)];
}

export function sourceFaults(file: string, text: string): Finding[] {
  const findings: Finding[] = [];
  for (const { rule, pattern, message } of TEXT_RULES) {
    if (pattern.test(text)) {
      findings.push({ rule, file, message });
    }
  }
  const kind = file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, kind);
  const report = (node: ts.Node, rule: string, message: string) => {
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    findings.push({ rule, file: `${file}:${line}`, message });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      checkCall(node, source, report);
    }
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      checkImport(node, node.moduleSpecifier.text, report);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return findings;
}

type Report = (node: ts.Node, rule: string, message: string) => void;

function checkCall(call: ts.CallExpression, source: ts.SourceFile, report: Report): void {
  const callee = call.expression.getText(source).replace(/^(window|globalThis|self)\s*\.\s*/, '');
  if (callee === 'alert' || callee === 'confirm' || callee === 'prompt') {
    report(call, 'native-dialog', `calls ${callee}(). Use a dialog of @grafana/ui.`);
  }
  if (/^(window|globalThis)\.open$/.test(call.expression.getText(source))) {
    const features = call.arguments[2]?.getText(source) ?? '';
    if (!features.includes('noopener') || !features.includes('noreferrer')) {
      report(call, 'window-open', "opens a window without 'noopener,noreferrer' as third argument. Add it.");
    }
  }
}

function checkImport(node: ts.ImportDeclaration, from: string, report: Report): void {
  if (/\.(css|scss|sass|less)$/.test(from)) {
    report(node, 'css-import', `imports ${from}. Write styles with @emotion/css and the theme.`);
  }
  const names = node.importClause?.namedBindings;
  if (
    from.startsWith('@emotion/') &&
    names &&
    ts.isNamedImports(names) &&
    names.elements.some((element) => (element.propertyName ?? element.name).text === 'Global')
  ) {
    report(
      node,
      'emotion-global',
      'imports Global of Emotion, which restyles all of Grafana. Style own elements only.'
    );
  }
}

function checkToolChain(root: string): Finding[] {
  const findings: Finding[] = [];
  const webpack = '.config/webpack/webpack.config.ts';
  if (!existsSync(join(root, webpack)) || !readText(root, webpack).includes('@grafana/create-plugin')) {
    findings.push({
      rule: 'build-tools',
      file: webpack,
      message: "is not create-plugin's. Restore the scaffold's file and extend it in webpack.config.ts.",
    });
  }
  const manifest = existsSync(join(root, 'package.json')) ? parseObject(readText(root, 'package.json')) : undefined;
  for (const [name, command] of Object.entries(asObject(manifest?.scripts) ?? {})) {
    if (String(command).includes('grafana-toolkit ')) {
      findings.push({
        rule: 'legacy-builder',
        file: 'package.json',
        message: `script ${name} calls grafana-toolkit. Use webpack.`,
      });
    }
  }
  return findings;
}
